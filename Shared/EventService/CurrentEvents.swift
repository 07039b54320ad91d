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
    private let selection: Set<EventID>?
    private let logger: Logger
    private let whenChanged: @Sendable () -> Void
    private let state = Mutex<(events: [Event], cover: EventCover)?>(nil)

    /// - Parameters:
    ///   - store: the events in the database.
    ///   - rule: whether locations outside every event are kept.
    ///   - selection: the events whose locations are kept; `nil` for all.
    ///   - logger: logs interruptions.
    ///   - whenChanged: called when the area or the time of the events has changed.
    package init(
        _ store: EventStore,
        _ rule: OutsideRule,
        only selection: Set<EventID>? = nil,
        logger: Logger,
        whenChanged: @escaping @Sendable () -> Void = {}
    ) {
        (self.store, self.rule, self.selection) = (store, rule, selection)
        (self.logger, self.whenChanged) = (logger, whenChanged)
    }

    /// The services that load the events before other services start, and follow changes; none if all locations are kept.
    package var services: [Service] {
        guard !rule.keepsAll || selection != nil else { return [] }
        return [Service(name: "events", start: { try await self.start() }, run: { try await self.run() })]
    }

    /// Returns for each location whether it is kept.
    package func keeps(_ locations: [Location]) -> [Bool] {
        guard let cover = state.withLock({ $0?.cover }) else { return locations.map { _ in true } }
        return cover.covers(locations)
    }

    /// Returns the locations that are kept.
    package func kept(_ locations: [Location]) -> [Location] {
        guard let cover = state.withLock({ $0?.cover }) else { return locations }
        return zip(locations, cover.covers(locations)).compactMap { $1 ? $0 : nil }
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
        let events = try await store.events().filter { selection?.contains($0.id) ?? true }
        let cover = try EventCover(events, margin: rule.margin)
        let before = state.withLock { state in
            defer { state = (events, cover) }
            return state?.events
        }
        if let before, !Self.areAlike(before, events) { whenChanged() }
    }

    /// Whether events cover the same area and time.
    private static func areAlike(_ one: [Event], _ other: [Event]) -> Bool {
        one.count == other.count
            && zip(one, other).allSatisfy { one, other in
                one.details.hours == other.details.hours && one.details.venue == other.details.venue
            }
    }
}
