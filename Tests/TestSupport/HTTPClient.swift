package import Foundation
import FoundationNetworking

/// Sends requests to one host; connections are kept and used again, and closed with the client.
package final class HTTPClient: Sendable {
    /// What a server answers.
    package struct Answer: Sendable {
        /// The status code.
        package let status: Int
        /// The whole body.
        package let body: [UInt8]
        /// How long the server asks to be left alone, if it does.
        package let retryAfter: Duration?
    }

    private let base: URL
    private let session: URLSession

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - base: the scheme, host and port, and a path to put before the others if there is one.
    ///   - connections: how many requests may be under way at once.
    ///   - timeout: how many seconds it waits for an answer to begin or to go on.
    package init(base: URL, connections: Int, timeout: TimeInterval = 60) {
        self.base = base
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.timeoutIntervalForRequest = timeout
        configuration.urlCache = nil
        session = URLSession(configuration: configuration)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    /// Sends a request and waits for the whole answer, also in a task that has been cancelled.
    ///
    /// - Throws: `URLError` if there is no answer.
    package func send(
        _ method: String,
        _ path: String,
        contentType: String? = nil,
        headers: [String: String] = [:],
        body: [UInt8]? = nil
    ) async throws -> Answer {
        // Text behind text: appending a path would escape the question mark of a query.
        guard let url = URL(string: base.absoluteString + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let contentType { request.setValue(contentType, forHTTPHeaderField: "Content-Type") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        // Without this libcurl asks before it sends a large body, and waits for a second if nobody answers.
        request.setValue("", forHTTPHeaderField: "Expect")
        request.httpBody = body.map { Data($0) }
        // Foundation can lock itself up if a request is cancelled while its answer comes, so it is left alone.
        let (data, response) = try await Task { [session, request] in try await session.data(for: request) }.value
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let seconds = response.value(forHTTPHeaderField: "Retry-After").flatMap { Int($0) }
        return Answer(
            status: response.statusCode,
            body: [UInt8](data),
            retryAfter: seconds.map { .seconds(min(max($0, 0), 300)) }
        )
    }
}
