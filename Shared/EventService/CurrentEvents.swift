internal import Concurrency
package import Models
package import Observability
package import Persistence
package import ServiceRuntime
internal import Synchronization
internal import Venue

/// The events of the database and the area and time that they cover, which follow the database.
package final class CurrentEvents: Sendable {
    private let store: EventStore
    private let rule: OutsideRule
    private let logger: Logger
    private let cover = Mutex<EventCover?>(nil)

    package init(_ store: EventStore, _ rule: OutsideRule, logger: Logger) {
        (self.store, self.rule, self.logger) = (store, rule, logger)
    }

    /// The services that load the events before other services start, and follow changes; none if all locations are kept.
    package var services: [Service] {
        guard !rule.keepsAll else { return [] }
        return [Service(name: "events", start: { try await self.start() }, run: { try await self.run() })]
    }

    /// Returns for each location whether it is kept.
    package func keeps(_ locations: [Location]) -> [Bool] {
        guard let cover = cover.withLock({ $0 }) else { return locations.map { _ in true } }
        return cover.covers(locations)
    }

    /// Loads the events; waits for the database.
    private func start() async throws {
        try await retrying {
            try await load()
        } whenFailed: { error, delay in
            logger.warning("Could not load the events", error: error, [.delay: .seconds(delay)])
        }
    }

    private func run() async throws {
        try await ChangeFollower("Not listening for changes of events", logger, listen: store.changes).run { _ in
            try await load()
        }
    }

    private func load() async throws {
        let events = try await store.events()
        let loaded = try EventCover(events, margin: rule.margin)
        cover.withLock { $0 = loaded }
    }
}
