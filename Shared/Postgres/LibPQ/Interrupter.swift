import CLibPQ
import Concurrency
import Glibc
import Synchronization

/// Interrupts the connection's thread in its wait for the server, from any thread and without blocking.
final class Interrupter: Sendable {
    /// Readable while an interruption is pending; `poll` waits for it and for libpq's socket.
    let fileDescriptor: Int32
    private let pending = Atomic<Bool>(false)

    /// - Throws: ``PostgresError/Code/connectionFailed`` if the process has no free file descriptor.
    init() throws(PostgresError) {
        fileDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        if fileDescriptor < 0 {
            throw PostgresError(.connectionFailed, "No file descriptor is left for a connection to PostgreSQL.")
        }
    }

    deinit {
        close(fileDescriptor)
    }

    /// Whether an interruption was requested since the last ``reset()``.
    var isPending: Bool { pending.load(ordering: .acquiring) }

    /// Requests an interruption.
    func interrupt() {
        guard !pending.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var one: UInt64 = 1
        write(fileDescriptor, &one, 8)
    }

    /// Blocks the calling thread for a time, or until an interruption.
    func waitForInterruption(for time: Duration) {
        var descriptor = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, Int32(clamping: time.milliseconds))
    }

    /// Clears an interruption, so that it does not hit the next statement.
    func reset() {
        guard pending.exchange(false, ordering: .acquiringAndReleasing) else { return }
        var count: UInt64 = 0
        read(fileDescriptor, &count, 8)
    }
}
