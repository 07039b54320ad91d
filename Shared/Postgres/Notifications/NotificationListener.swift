import Concurrency
import Synchronization

/// A thread with a listening connection, which reconnects after a loss and fills a ``NotificationBuffer``.
final class NotificationListener: Sendable {
    let buffer: NotificationBuffer
    private let configuration: PostgresConfiguration
    private let observer: PostgresObserver
    private let channels: [String]
    private let interrupter: Interrupter
    private let isStopped = Atomic<Bool>(false)

    init(
        _ configuration: PostgresConfiguration,
        _ observer: PostgresObserver,
        channels: [String],
        capacity: Int
    ) throws(PostgresError) {
        self.configuration = configuration
        self.observer = observer
        self.channels = channels
        buffer = NotificationBuffer(capacity: capacity)
        interrupter = try Interrupter()
    }

    /// Starts the thread; it ends after ``stop()``.
    func start() {
        startThread { self.run() }
    }

    /// Whether ``stop()`` was called.
    var hasStopped: Bool { isStopped.load(ordering: .acquiring) }

    /// Ends the sequence and the thread, without waiting.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        interrupter.interrupt()
        buffer.finish()
    }

    private func run() {
        var backoff = Backoff(cap: .seconds(2))
        var wasConnected = false
        while !hasStopped {
            do throws(PostgresError) {
                let connection = try PGConnection(configuration, interrupter: interrupter)
                try connection.listen(to: channels)
                buffer.push(wasConnected ? .reconnected : .connected)
                wasConnected = true
                backoff.reset()
                try connection.receiveNotifications(idleCheckInterval: configuration.idleCheckInterval) {
                    notification in
                    buffer.push(notification)
                }
            } catch {
                if hasStopped { return }
                observer.listenerFailed(error)
                interrupter.waitForInterruption(for: backoff.next())
            }
        }
    }
}
