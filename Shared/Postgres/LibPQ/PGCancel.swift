import CLibPQ
import Glibc
import Synchronization

/// A request to cancel the running statement of a connection; sent at most once.
///
// Safety: libpq documents PQcancel as safe in any thread, because PGcancel is a copy that is independent of the
// connection. Only `send` uses the pointer, which is freed with the last reference.
final class PGCancel: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let isFinished = Atomic<Bool>(false)

    /// - Parameter connection: a `PGconn`, on its own thread.
    init?(_ connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit {
        PQfreeCancel(pointer)
    }

    /// Sends the request; blocks until the server has received it.
    func send() {
        var reason = [CChar](repeating: 0, count: 256)
        PQcancel(pointer, &reason, 256)
        isFinished.store(true, ordering: .releasing)
    }

    /// Blocks until ``send()`` has finished, and returns whether it did in time.
    ///
    /// After that, it cannot hit a later statement, except by a pending signal inside the server.
    func waitUntilSent(within patience: Duration) -> Bool {
        let deadline = ContinuousClock.now + patience
        while !isFinished.load(ordering: .acquiring) {
            guard .now < deadline else { return false }
            usleep(500)
        }
        return true
    }
}
