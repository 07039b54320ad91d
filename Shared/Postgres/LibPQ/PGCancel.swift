import CLibPQ
import Glibc
import Synchronization

/// A request to cancel the statement under way on a connection; sent at most once.
///
// Safety: libpq documents PQcancel as safe in any thread, because PGcancel is a copy that is independent of the
// connection. The pointer is used by `send` alone and freed with the last reference.
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

    /// Sends the request and blocks until the server has taken it.
    func send() {
        var reason = [CChar](repeating: 0, count: 256)
        PQcancel(pointer, &reason, 256)
        isFinished.store(true, ordering: .releasing)
    }

    /// Blocks until ``send()`` has finished, and says whether it did in time: from then on no later statement can be
    /// hit by it, except by a signal that is still under way inside the server.
    func waitUntilSent(within patience: Duration) -> Bool {
        let deadline = ContinuousClock.now + patience
        while !isFinished.load(ordering: .acquiring) {
            guard .now < deadline else { return false }
            usleep(500)
        }
        return true
    }
}
