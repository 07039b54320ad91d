internal import Concurrency
internal import Synchronization

/// Asks other services over HTTP: few requests at a time, each with a limit on its time and on its answer.
///
/// It follows no redirects and ignores the environment's proxy variables, because requests carry secrets. libcurl blocks, so each request in progress has a Dispatch thread outside Swift's pool. A request that would have to
/// wait for another is refused at once, because its caller can do without the answer.
package final class WebClient: Sendable {
    /// An answer of a server.
    package struct Answer: Sendable {
        /// The status code.
        package let status: Int
        /// The header `Cache-Control`, the first one if there are several.
        package let cacheControl: String?
        /// The whole content.
        package let body: [UInt8]
    }

    private struct State {
        var idle: [CurlHandle] = []
        var busy = 0
    }

    private let maximumRequests: Int
    private let timeout: Duration
    private let maximumBytes: Int
    private let calls = BlockingCalls("HTTP client", isConcurrent: true)
    private let state = Mutex(State())

    /// A client, which connects with its first request.
    ///
    /// - Parameters:
    ///   - maximumRequests: how many requests may be in progress.
    ///   - timeout: how long a request may take, including the connection.
    ///   - maximumBytes: the longest accepted answer.
    package init(maximumRequests: Int, timeout: Duration, maximumBytes: Int = 1 << 20) {
        self.maximumRequests = maximumRequests
        self.timeout = timeout
        self.maximumBytes = maximumBytes
    }

    /// Gets a resource.
    ///
    /// Cancelling the task does not interrupt it; the time-out bounds it.
    ///
    /// - Parameters:
    ///   - url: the resource.
    ///   - header: a field of the request with its name, if any.
    /// - Returns: the answer, of any status.
    /// - Throws: ``HTTPClientError`` if there is no complete answer of any status in time.
    package func get(_ url: String, header: String? = nil) async throws(HTTPClientError) -> Answer {
        try await send(nil, header: header, to: url)
    }

    /// Posts a JSON text, which is not empty.
    ///
    /// Cancelling the task does not interrupt it; the time-out bounds it.
    ///
    /// - Throws: ``HTTPClientError`` if there is no complete answer of any status in time.
    @discardableResult
    package func post(json: [UInt8], to url: String) async throws(HTTPClientError) -> Answer {
        try await send(RequestBody(bytes: json, type: .json), to: url)
    }

    /// Posts a form, which is not empty.
    ///
    /// Cancelling the task does not interrupt it; the time-out bounds it.
    ///
    /// - Parameters:
    ///   - form: the fields.
    ///   - url: the resource.
    ///   - credentials: a name and a password for basic authentication; no colon may be in the name.
    /// - Returns: the answer, of any status.
    /// - Throws: ``HTTPClientError`` if there is no complete answer of any status in time.
    package func post(
        form: FormFields,
        to url: String,
        credentials: (user: String, password: String)? = nil
    ) async throws(HTTPClientError) -> Answer {
        try await send(RequestBody(bytes: Array(form.text.utf8), type: .form, credentials: credentials), to: url)
    }

    private func send(
        _ body: RequestBody?,
        header: String? = nil,
        to url: String
    ) async throws(HTTPClientError) -> Answer {
        guard let handle = take() else { throw HTTPClientError(.busy) }
        let (timeout, maximumBytes) = (timeout, maximumBytes)
        return try await calls.run { () throws(HTTPClientError) in
            defer { self.giveBack(handle) }
            return try handle.send(body, header: header, to: url, timeout: timeout, maximumBytes: maximumBytes)
        }
    }

    private func take() -> CurlHandle? {
        state.withLock { state in
            guard state.busy < maximumRequests else { return nil }
            guard let handle = state.idle.popLast() ?? CurlHandle() else { return nil }
            state.busy += 1
            return handle
        }
    }

    private func giveBack(_ handle: CurlHandle) {
        state.withLock { state in
            state.busy -= 1
            state.idle.append(handle)
        }
    }
}
