package import Foundation
import FoundationNetworking

/// Sends requests to one host.
///
/// Keeps connections for reuse, and closes them when released.
package final class HTTPClient: Sendable {
    /// A response.
    package struct Answer: Sendable {
        /// The status code.
        package let status: Int
        /// The whole body.
        package let body: [UInt8]
        /// The delay that the server asks for, if any.
        package let retryAfter: Duration?
    }

    private let base: URL
    private let session: URLSession

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - base: the scheme, host and port, optionally with a path prefix.
    ///   - connections: the maximum number of concurrent requests.
    ///   - timeout: the maximum seconds until an answer starts or continues.
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

    /// Sends a request and waits for the complete answer, even in a cancelled task.
    ///
    /// - Throws: `URLError` without an answer.
    package func send(
        _ method: String,
        _ path: String,
        contentType: String? = nil,
        headers: [String: String] = [:],
        body: [UInt8]? = nil
    ) async throws -> Answer {
        // Concatenate texts: appending a path would escape the question mark of a query.
        guard let url = URL(string: base.absoluteString + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let contentType { request.setValue(contentType, forHTTPHeaderField: "Content-Type") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        // Without this, libcurl sends `Expect` before a large body, and waits up to a second for the answer.
        request.setValue("", forHTTPHeaderField: "Expect")
        request.httpBody = body.map { Data($0) }
        // Foundation can deadlock if a request is cancelled while its answer arrives, so the request is never cancelled.
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
