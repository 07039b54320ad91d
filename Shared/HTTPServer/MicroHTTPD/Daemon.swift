import CMicroHTTPD
import Dispatch
import Glibc
import Networking

/// A running libmicrohttpd daemon.
///
/// Safety: the pointer is constant, and libmicrohttpd locks its own state. Its callbacks get `service` as a reference
/// that the running daemon owns; `stop()` gives it back once libmicrohttpd has joined its threads. A daemon that is
/// never stopped keeps running, and keeps it.
final class Daemon: @unchecked Sendable {
    private let daemon: OpaquePointer
    private let service: RequestService
    private let socket: Int32
    /// A socket without an address: nothing ever comes.
    private let silence: Int32
    private let queue = DispatchQueue(label: "microhttpd.stop")

    /// Starts to accept connections on a listening socket, which libmicrohttpd takes over.
    ///
    /// Fails if libmicrohttpd cannot start its threads; the socket is then still the caller's.
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

    /// Stops to accept connections: who connects now is refused.
    ///
    /// Not by `MHD_quiesce_daemon`. With epoll, libmicrohttpd 0.9.75 then takes the listening socket out of a thread's
    /// set on the calling thread, and so does that thread if it happens to wake; the one that comes second finds the
    /// socket gone and ends the process. Instead the number of the listening socket is given to a socket on which nothing
    /// ever happens. That closes the listening socket, and the kernel takes it out of all sets.
    func quiesce() {
        dup2(silence, socket)
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    /// Ends all threads of libmicrohttpd and waits for them, off Swift's pool.
    ///
    /// It closes what has the listening socket's number. No connection may be suspended, and it is called once.
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
        // Without a record its requests are refused, and it is never suspended.
        guard let record = service.open(connection) else { return }
        // Safety: libmicrohttpd keeps this reference for us and hands it back with the closing call below.
        socketContext.pointee = Unmanaged.passRetained(record).toOpaque()
    } else if let held = socketContext.pointee {
        let record = Unmanaged<ConnectionRecord>.fromOpaque(held).takeRetainedValue()
        service.close(record)
        socketContext.pointee = nil
    }
}

/// Called when a request's first line has been read, before libmicrohttpd takes the target apart.
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
    // Safety: the reference is given back when libmicrohttpd says that the request is over, which it says once.
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

/// Called once for each request that has had a first line, whatever became of it.
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
