import Concurrency
import Glibc
import Networking
import Observability

/// Accepts connections on a separate thread and passes them to the core, within limits.
///
/// Safety: the descriptor is constant and closed once, by ``stop()``. Only the thread uses the listening socket, and
/// closes it when it ends.
final class Acceptor: @unchecked Sendable {
    private let wakeUp: Int32
    private let ended: AsyncStream<Void>

    /// Starts accepting on a listening socket, which the acceptor then owns.
    ///
    /// Fails without a thread; the caller then still owns the socket.
    ///
    /// - Parameters:
    ///   - socket: a non-blocking listening socket.
    ///   - connections: decides which connections are accepted.
    ///   - metrics: gets the counts of connections.
    ///   - take: receives each accepted connection.
    init?(
        _ socket: Int32,
        _ connections: ConnectionTable,
        _ metrics: ConnectionMetrics,
        take: @escaping @Sendable (Int32) -> Void
    ) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        let (woken, wakeUp) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let isStarted = startThread {
            Acceptor.serve(socket, woken, connections, metrics, take)
            close(socket)
            close(woken)
            end.finish()
        }
        guard isStarted else {
            close(woken)
            close(wakeUp)
            return nil
        }
        self.wakeUp = wakeUp
        self.ended = ended
    }

    /// Stops listening; new connections are refused.
    ///
    /// Call it once.
    func stop() async {
        // The thread notices that this end is closed.
        close(wakeUp)
        for await _ in ended {}
    }

    private static func serve(
        _ socket: Int32,
        _ woken: Int32,
        _ connections: ConnectionTable,
        _ metrics: ConnectionMetrics,
        _ take: (Int32) -> Void
    ) {
        var polled = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0), pollfd(fd: woken, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            // A second, so that ended connections are soon forgotten.
            let count = poll(&polled, nfds_t(polled.count), 1_000)
            if polled[1].revents != 0 { return }
            guard count > 0 else {
                connections.sweep()
                continue
            }
            accept(socket, connections, metrics, take)
        }
    }

    private static func accept(
        _ socket: Int32,
        _ connections: ConnectionTable,
        _ metrics: ConnectionMetrics,
        _ take: (Int32) -> Void
    ) {
        while true {
            let connection = Glibc.accept(socket, nil, nil)
            guard connection >= 0 else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EAGAIN: return
                default:
                    // Out of descriptors or memory: waiting connections are accepted once there are some.
                    metrics.refused.increment()
                    usleep(20_000)
                    return
                }
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            guard fcntl(connection, F_SETFL, O_NONBLOCK) == 0,
                let address = SocketAddress(of: connection, getpeername)
            else {
                close(connection)
                continue
            }
            if connections.insert(connection, address, at: MonotonicClock.now()) != nil {
                metrics.refused.increment()
                close(connection)
            } else {
                metrics.accepted.increment()
                take(connection)
            }
        }
    }
}

/// The metrics of connections.
struct ConnectionMetrics: Sendable {
    /// Accepted connections.
    let accepted: Counter
    /// Connections that were refused because there were too many.
    let refused: Counter
    init(_ metrics: MetricsRegistry, _ connections: ConnectionTable) {
        accepted = metrics.counter("grpc_connections_accepted_total", "Connections that were taken.")
        refused = metrics.counter("grpc_connections_refused_total", "Connections that were closed at once: too many.")
        metrics.gauge("grpc_connections", "Connections that are open.") { Double(connections.count) }
    }
}
