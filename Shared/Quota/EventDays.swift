package import Models
package import Observability
internal import Synchronization

/// The current days of events in their time zones, by which daily limits of keys and roles of one event count.
package final class EventDays: Sendable {
    /// The time between two readings; each has yesterday, today and tomorrow.
    private static let interval = Duration.seconds(600)

    private let read: @Sendable () async throws -> [EventID: [QuotaDay]]
    private let logger: Logger
    private let days = Mutex<[EventID: [QuotaDay]]>([:])

    /// - Parameters:
    ///   - logger: logs failures.
    ///   - read: reads the days of all events.
    package init(logger: Logger, _ read: @escaping @Sendable () async throws -> [EventID: [QuotaDay]]) {
        self.read = read
        self.logger = logger
    }

    /// Reads the days again until it is cancelled.
    package func run() async throws {
        while true {
            await update()
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Reads the days of all events.
    package func update() async {
        do {
            let read = try await read()
            days.withLock { $0 = read }
        } catch {
            logger.warning("Could not read the days of events", error: error)
        }
    }

    /// The day of a moment: in the time zone of the event if there is only one, else of UTC.
    package func day(of now: Timestamp, for events: Set<EventID>) -> QuotaDay {
        guard events.count == 1, let event = events.first else { return QuotaDay(of: now) }
        let known = days.withLock { $0[event] } ?? []
        return known.first { $0.start <= now && now < $0.end } ?? QuotaDay(of: now)
    }
}
