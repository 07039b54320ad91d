import CMicroHTTPD
import Concurrency
import Dispatch
import Glibc

/// A running libmicrohttpd daemon.
///
/// Safety: the pointer is constant, and libmicrohttpd locks its own state. Its callbacks get `service` as a reference
/// that the running daemon owns; `stop()` releases it after libmicrohttpd has joined its threads. A daemon that is
/// never stopped keeps running and keeps the reference.
final class Daemon: @unchecked Sendable {
    private let daemon: OpaquePointer
    private let service: RequestService
    private let socket: Int32
    /// A socket without an address, on which nothing ever arrives.
    private let silence: Int32
    private let queue = DispatchQueue(label: "microhttpd.stop")

    /// Starts accepting connections on a listening socket, which libmicrohttpd then owns.
    ///
    /// Fails if libmicrohttpd cannot start its threads; the caller then still owns the socket.
    init?(socket: Int32, configuration: HTTPServerConfiguration, service: RequestService) {
        let silence = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard silence >= 0 else { return nil }
        var settings = CMicroHTTPD_Settings(
            listenSocket: socket,
            threads: UInt32(Daemon.threads(configuration)),
            connectionLimit: UInt32(clamping: max(configuration.maximumConnections, Daemon.threads(configuration))),
            connectionLimitPerAddress: UInt32(clamping: configuration.maximumConnectionsPerAddress),
            connectionMemory: 32_768,
            context: Unmanaged.passRetained(service).toOpaque(),
            onRequest: onRequest,
            onConnection: onConnection,
            onCompletion: onCompletion,
            onTarget: onTarget
        )
        guard let daemon = CMicroHTTPD_start(&settings) else {
            Unmanaged.passUnretained(service).release()
            close(silence)
            return nil
        }
        self.daemon = daemon
        self.service = service
        self.socket = socket
        self.silence = silence
    }

    private static func threads(_ configuration: HTTPServerConfiguration) -> Int {
        configuration.threads > 0 ? configuration.threads : ProcessorCount.online
    }

    deinit {
        close(silence)
    }

    /// Stops accepting connections; new ones are refused.
    ///
    /// It does not use `MHD_quiesce_daemon`. With epoll, libmicrohttpd 0.9.75 then removes the listening socket from a
    /// thread's set on the calling thread, and that thread may do the same when it wakes; the second one finds no
    /// socket and ends the process. Instead, the descriptor of the listening socket is replaced by a silent socket.
    /// That closes the listening socket, and the kernel removes it from all sets.
    func quiesce() {
        dup2(silence, socket)
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    /// Ends all threads of libmicrohttpd and waits for them, off Swift's pool.
    ///
    /// It closes the listening descriptor. No connection may be suspended. Call it once.
    func stop() async {
        await withCheckedContinuation { continuation in
            queue.async {
                MHD_stop_daemon(self.daemon)
                Unmanaged.passUnretained(self.service).release()
                continuation.resume()
            }
        }
    }
}

/// Called when a connection has been accepted, and before its socket is closed.
private func onConnection(
    context: UnsafeMutableRawPointer?,
    connection: OpaquePointer?,
    socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    code: MHD_ConnectionNotificationCode
) {
    guard let context, let connection, let socketContext else { return }
    let service = Unmanaged<RequestService>.fromOpaque(context).takeUnretainedValue()
    if code == CMicroHTTPD_started {
        // Without a record, its requests are refused and it is never suspended.
        guard let record = service.open(connection) else { return }
        // Safety: libmicrohttpd keeps this reference and returns it with the closing call below.
        socketContext.pointee = Unmanaged.passRetained(record).toOpaque()
    } else if let held = socketContext.pointee {
        let record = Unmanaged<ConnectionRecord>.fromOpaque(held).takeRetainedValue()
        service.close(record)
        socketContext.pointee = nil
    }
}

/// Called when a request's first line has been read, before libmicrohttpd splits the target.
private func onTarget(
    context: UnsafeMutableRawPointer?,
    target: UnsafePointer<CChar>?,
    connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let context, let target, let connection, let held = CMicroHTTPD_socketContext(connection) else { return nil }
    let service = Unmanaged<RequestService>.fromOpaque(context).takeUnretainedValue()
    let record = Unmanaged<ConnectionRecord>.fromOpaque(held).takeUnretainedValue()
    let exchange = Exchange(connection: connection, record: record, service: service, target: String(cString: target))
    record.begin(exchange, headDeadline: MonotonicClock.now() + service.headTimeout)
    // Safety: the reference is released when libmicrohttpd reports, once, that the request is over.
    return Unmanaged.passRetained(exchange).toOpaque()
}

/// Called for the head, for each piece of the body, for its end, and again after a suspension.
private func onRequest(
    context: UnsafeMutableRawPointer?,
    connection: OpaquePointer?,
    url: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?,
    version: UnsafePointer<CChar>?,
    upload: UnsafePointer<CChar>?,
    uploadSize: UnsafeMutablePointer<Int>?,
    requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let held = requestContext?.pointee, let url, let method, let version, let uploadSize else {
        return CMicroHTTPD_no
    }
    return Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
        .advance(url: url, method: method, version: version, upload: upload, size: uploadSize)
}

/// Called once for each request whose first line was read, in any case.
private func onCompletion(
    context: UnsafeMutableRawPointer?,
    connection: OpaquePointer?,
    requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    code: MHD_RequestTerminationCode
) {
    guard let requestContext, let held = requestContext.pointee else { return }
    requestContext.pointee = nil
    Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue().close()
}
