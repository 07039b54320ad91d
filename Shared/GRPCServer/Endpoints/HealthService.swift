import Concurrency
import Synchronization

/// `grpc.health.v1.Health`: whether the server accepts calls.
///
/// It starts as not serving.
package final class HealthService: Sendable {
    /// The states, with the numbers that the protocol gives them.
    enum Status: Int64, Sendable {
        case serving = 1
        case notServing = 2
        /// For watchers only: the service may appear later.
        case serviceUnknown = 3
    }

    private struct State {
        var status = Status.notServing
        var isStopping = false
        /// The continuations of the watchers, by number.
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextWatcher = 0
        var waiting = WaitList<Void>()
    }

    private let services: Set<String>
    private let state = Mutex(State())

    /// The health of a server.
    ///
    /// - Parameter services: the full names of the services that clients may ask about, in addition to the whole
    ///   server.
    package init(services: [String]) {
        self.services = Set(services)
    }

    /// Sets whether calls are accepted; ignored after ``stop()``.
    package func setServing(_ isServing: Bool) {
        set { $0.status = isServing ? .serving : .notServing }
    }

    /// Stops accepting calls, and returns after the watchers have been notified.
    ///
    /// - Parameter limit: the longest wait for the watchers.
    package func stop(within limit: Duration) async {
        set { state in
            state.status = .notServing
            state.isStopping = true
        }
        await withTimeout(limit) {
            await self.state.wait(in: \.waiting) { $0.watchers.isEmpty ? () : nil }
        }
    }

    /// Adds the methods to a router.
    func register(in router: inout RPCRouter) {
        router.unary("/grpc.health.v1.Health/Check") { (request: HealthRequest, _) in
            let status = self.status(of: request.service)
            guard status != .serviceUnknown else {
                throw RPCError(.notFound, "There is no such service here.")
            }
            return HealthResponse(status: status)
        }
        router.serverStreaming("/grpc.health.v1.Health/Watch") { request, responses, _ in
            try await self.watch(request, responses)
        }
    }

    private func watch(_ request: HealthRequest, _ responses: RPCWriter<HealthResponse>) async throws {
        // Changes during a notification are merged.
        let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            defer { state.nextWatcher += 1 }
            state.watchers[state.nextWatcher] = change
            return state.nextWatcher
        }
        defer { remove(number) }
        change.yield()
        var last: Status?
        for await _ in changes {
            let isStopping = state.withLock { $0.isStopping }
            let status = status(of: request.service)
            if status != last { try await responses.write(HealthResponse(status: status)) }
            last = status
            if isStopping { throw ServerIsDraining() }
        }
    }

    private func status(of service: String) -> Status {
        guard service.isEmpty || services.contains(service) else { return .serviceUnknown }
        return state.withLock { $0.status }
    }

    private func set(_ change: (inout State) -> Void) {
        let watchers = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            guard !state.isStopping else { return [] }
            let before = state.status
            change(&state)
            return state.status == before && !state.isStopping ? [] : Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    private func remove(_ number: Int) {
        let waiters = state.withLock { state in
            state.watchers[number] = nil
            return state.watchers.isEmpty ? state.waiting.takeAll() : []
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// `HealthCheckRequest`.
private struct HealthRequest: RPCRequestMessage {
    var service = ""

    init(protobuf bytes: UnsafeRawBufferPointer) throws {
        var reader = ProtobufReader(Array(bytes)[...])
        do {
            while let (field, value) = try reader.next() {
                if field == 1 { service = value.text ?? "" }
            }
        } catch {
            throw MalformedMessage("HealthCheckRequest")
        }
    }
}

/// `HealthCheckResponse`.
private struct HealthResponse: RPCResponseMessage {
    let status: HealthService.Status

    func encode(into bytes: inout [UInt8]) {
        var writer = ProtobufWriter()
        writer.varint(1, status.rawValue)
        bytes = writer.bytes
    }
}
