internal import CLibCurl
internal import Concurrency
package import Networking
internal import Synchronization

/// Posts to many servers concurrently, on one thread.
///
/// Unlike ``WebClient``, it needs no thread per request, so hundreds of slow servers cost memory only. The addresses of
/// names that others chose are checked when a connection is opened to them: a name cannot lead to one address for the
/// check and to another one for the connection. It follows no redirects and ignores the environment's proxy variables.
package final class PostLoop: Sendable {
    /// A request.
    package struct Post: Sendable {
        /// The address of the server.
        package let url: String
        /// The fields of the head besides `User-Agent`, without line ends in their values.
        package let headers: [(name: String, value: String)]
        /// The content, which is not empty.
        package let body: [UInt8]

        package init(url: String, headers: [(name: String, value: String)], body: [UInt8]) {
            (self.url, self.headers, self.body) = (url, headers, body)
        }
    }

    /// An answer of a server, without its content.
    package struct Answer: Sendable {
        /// The status code.
        package let status: Int
        /// How long the server asks the client to wait, in seconds; 0 if it does not ask.
        package let retryAfter: Int

        package init(status: Int, retryAfter: Int) {
            (self.status, self.retryAfter) = (status, retryAfter)
        }
    }

    /// The bounds of each request.
    package struct Limits: Sendable {
        /// How long a request may take, including the connection.
        package var timeout = Duration.seconds(15)
        /// How many bytes of an answer's content are read; the rest is not, and closes the connection.
        package var maximumBytes = 16 << 10
        /// How many idle connections are kept.
        package var idleConnections = 1_024
        /// Addresses to which no connection is opened.
        package var forbidden: AddressRanges
        /// Whether addresses may begin with `http:`.
        package var allowsHTTP = false

        package init(forbidden: AddressRanges) {
            self.forbidden = forbidden
        }
    }

    private struct State {
        var waiting: [PostTransfer] = []
        var isClosed = false
        var multi: CurlMulti?
    }

    /// What servers see of the program.
    static let userAgent = "UdaConnect"

    private let limits: Limits
    private let state = Mutex(State())

    /// A loop without a thread, which starts with the first request.
    package init(_ limits: Limits) {
        self.limits = limits
    }

    /// The result of a request: an answer with any status, or an error.
    package typealias Outcome = Result<Answer, HTTPClientError>

    /// Posts, and waits for the answer.
    ///
    /// Cancelling the task does not interrupt it; the time-out bounds it. The caller bounds the number of requests in progress.
    ///
    /// - Returns: the answer, of any status.
    /// - Throws: ``HTTPClientError`` if there is no answer in time, or after ``close()``.
    package func send(_ post: Post) async throws(HTTPClientError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            send([post]) { _, outcome in continuation.resume(returning: outcome) }
        }
        return try result.get()
    }

    /// Posts many requests at once, which costs less than one by one.
    ///
    /// The time-out bounds each of them. The caller bounds the number of requests in progress.
    ///
    /// - Parameters:
    ///   - posts: the requests.
    ///   - whenDone: is called once for each request, with its place in `posts`, in any order, mostly on the loop's thread: so it must
    ///     return soon.
    package func send(_ posts: [Post], whenDone: @escaping @Sendable (_ place: Int, _ outcome: Outcome) -> Void) {
        let transfers = posts.enumerated().map { place, post in
            PostTransfer(post, limits) { whenDone(place, $0) }
        }
        let isAccepted = state.withLock { state in
            guard !state.isClosed, let multi = state.multi ?? start(&state) else { return false }
            state.waiting += transfers
            multi.wake()
            return true
        }
        if !isAccepted { for transfer in transfers { transfer.end(HTTPClientError(.busy)) } }
    }

    /// Accepts no more requests, and ends the thread after those in progress.
    package func close() {
        state.withLock { state in
            state.isClosed = true
            state.multi?.wake()
        }
    }

    private func start(_ state: inout State) -> CurlMulti? {
        guard let multi = CurlMulti(idleConnections: limits.idleConnections),
            startThread({ self.run(multi) })
        else { return nil }
        state.multi = multi
        return multi
    }

    private func run(_ multi: CurlMulti) {
        var transfers: [UnsafeMutableRawPointer: PostTransfer] = [:]
        var idle: [PostHandle] = []
        while true {
            let (new, isClosed) = state.withLock { state in
                defer { state.waiting.removeAll(keepingCapacity: true) }
                return (state.waiting, state.isClosed)
            }
            for transfer in new {
                guard let handle = idle.popLast() ?? PostHandle(limits), transfer.begin(handle),
                    multi.add(handle)
                else {
                    transfer.end(HTTPClientError(.failed))
                    continue
                }
                transfers[handle.pointer] = transfer
            }
            multi.perform { pointer, code in
                guard let transfer = transfers.removeValue(forKey: pointer) else { return }
                if let handle = transfer.finish(code, multi) { idle.append(handle) }
            }
            if isClosed, transfers.isEmpty { return }
            multi.wait()
        }
    }
}
