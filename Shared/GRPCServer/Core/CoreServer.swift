import CGRPC
import Concurrency
import Synchronization

/// The core's server with its completion queues.
///
/// Safety: the pointers are constant, and the core locks its own state. Calls are requested as long as the queues are
/// open; the server is destroyed once, after it has shut down.
final class CoreServer: @unchecked Sendable {
    /// The number of calls of a method that a queue requests at once; further ones wait in the core.
    private static let standingRequests = 4

    private let server: OpaquePointer
    private let credentials: OpaquePointer
    private let queues: [CompletionQueue]
    private let ends: AsyncStream<Void>
    /// The core's handles of the methods, in the order of the names.
    private var methods: [UnsafeMutableRawPointer] = []
    private let isStopping = Atomic(false)
    /// Receives each call with the index of its method; `nil` for an unknown name.
    private let onCall: @Sendable (ServerCall, Int?) -> Void

    /// A server that does not listen yet.
    ///
    /// Fails without threads, or if a method occurs twice.
    init?(
        _ configuration: RPCServerConfiguration,
        methods names: [String],
        onCall: @escaping @Sendable (ServerCall, Int?) -> Void
    ) {
        var settings = CGRPC_Settings(configuration)
        guard let credentials = grpc_insecure_server_credentials_create() else { return nil }
        guard let server = CGRPC_createServer(&settings) else {
            grpc_server_credentials_release(credentials)
            return nil
        }
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        var queues: [CompletionQueue] = []
        for _ in 0..<configuration.threadCount {
            guard let queue = CompletionQueue(onEnd: { end.yield() }) else { break }
            grpc_server_register_completion_queue(server, queue.pointer, nil)
            queues.append(queue)
        }
        self.server = server
        self.credentials = credentials
        self.queues = queues
        self.ends = ends
        self.onCall = onCall
        for name in names {
            guard let method = grpc_server_register_method(server, name, nil, GRPC_SRM_PAYLOAD_NONE, 0) else { break }
            methods.append(method)
        }
        guard queues.count == configuration.threadCount, methods.count == names.count else {
            for queue in queues { queue.shutDown() }
            grpc_server_destroy(server)
            grpc_server_credentials_release(credentials)
            return nil
        }
    }

    /// Takes ownership of an accepted connection, in clear text because TLS ends at a proxy.
    func take(_ connection: Int32) {
        grpc_server_add_channel_from_fd(server, connection, credentials)
    }

    /// Starts to accept calls.
    func start() {
        grpc_server_start(server)
        for queue in queues {
            for _ in 0..<Self.standingRequests {
                for method in methods.indices { requestCall(of: method, on: queue) }
                requestCall(of: nil, on: queue)
            }
        }
    }

    /// Refuses further calls, notifies clients (GOAWAY), and returns when all connections have ended.
    func shutDown() async {
        isStopping.store(true, ordering: .relaxed)
        await withCheckedContinuation { continuation in
            grpc_server_shutdown_and_notify(server, queues[0].pointer, ShutdownNotice { continuation.resume() }.tag())
        }
    }

    /// Cancels all remaining calls.
    func cancelAllCalls() {
        grpc_server_cancel_all_calls(server)
    }

    /// Releases everything, after the server has shut down and no call is left.
    func destroy() async {
        grpc_server_destroy(server)
        grpc_server_credentials_release(credentials)
        for queue in queues { queue.shutDown() }
        var ended = 0
        for await _ in ends {
            ended += 1
            if ended == queues.count { break }
        }
    }

    fileprivate func requestCall(of method: Int?, on queue: CompletionQueue) {
        guard !isStopping.load(ordering: .relaxed) else { return }
        let request = CallRequest(server: self, method: method, queue: queue)
        let memory = request.landing.memory
        let tag = request.tag()
        let outcome =
            if let method {
                grpc_server_request_registered_call(
                    server,
                    methods[method],
                    &memory.pointee.call,
                    &memory.pointee.deadline,
                    &memory.pointee.metadata,
                    nil,
                    queue.pointer,
                    queue.pointer,
                    tag
                )
            } else {
                grpc_server_request_call(
                    server,
                    &memory.pointee.call,
                    &memory.pointee.details,
                    &memory.pointee.metadata,
                    queue.pointer,
                    queue.pointer,
                    tag
                )
            }
        if outcome != GRPC_CALL_OK { Completion.withdraw(tag) }
    }

    fileprivate func take(_ call: ServerCall, of method: Int?) {
        onCall(call, method)
    }
}

/// A request to the core for the next call of a method.
private final class CallRequest: Completion {
    let landing = CallLanding()
    private let server: CoreServer
    private let method: Int?
    private let queue: CompletionQueue

    init(server: CoreServer, method: Int?, queue: CompletionQueue) {
        self.server = server
        self.method = method
        self.queue = queue
    }

    override func complete(_ isSuccess: Bool) {
        guard isSuccess else { return }
        // Request the next one first, so that it does not wait for this one.
        server.requestCall(of: method, on: queue)
        if let call = ServerCall(landing) { server.take(call, of: method) }
    }
}

/// The core has shut down.
private final class ShutdownNotice: Completion {
    private let onEnd: () -> Void

    init(_ onEnd: @escaping () -> Void) {
        self.onEnd = onEnd
    }

    override func complete(_ isSuccess: Bool) {
        onEnd()
    }
}

extension CGRPC_Settings {
    init(_ configuration: RPCServerConfiguration) {
        self.init(
            maximumMemory: configuration.maximumMemory,
            maximumStreams: Int32(clamping: configuration.maximumStreamsPerConnection),
            maximumMessage: Int32(clamping: configuration.maximumMessage),
            maximumMetadata: Int32(clamping: configuration.maximumMetadata),
            maximumIdle: Int32(clamping: configuration.connectionIdleTimeout.milliseconds),
            maximumAge: Int32(clamping: configuration.connectionAge.milliseconds),
            ageGrace: Int32(clamping: configuration.connectionAgeGrace.milliseconds),
            keepaliveTime: Int32(clamping: configuration.keepaliveTime.milliseconds),
            keepaliveTimeout: Int32(clamping: configuration.keepaliveTimeout.milliseconds),
            minimumPingInterval: Int32(clamping: configuration.minimumPingInterval.milliseconds),
            maximumPingStrikes: 2
        )
    }
}
