import HTTPServer
import Models
import Observability
import Persistence
import RESTContract
import Synchronization
import Venue

/// Reads events.
protocol EventSource: Sendable {
    /// All events, ordered by number.
    func events() async throws -> [Event]
    /// The zones of an event.
    func plan(of event: EventID) async throws -> [Zone]
    /// The programme of an event.
    func programme(of event: EventID) async throws -> [ProgrammeSession]
    /// The events that change from now on.
    func changes() throws -> ChangeFeed<EventID>
}

extension EventStore: EventSource {}

/// All events with their plans and programmes in memory, as current as the database.
final class EventDirectory: Sendable {
    /// A consistent state of all events.
    struct State: Sendable {
        /// Increases with each change.
        fileprivate(set) var revision = 0
        /// The events, ordered by number.
        fileprivate(set) var events: [EventSetup] = []

        /// Takes some events, ordered by number.
        init(events: [EventSetup] = []) {
            self.events = events
        }

        /// Whether an event has zones.
        var hasZones: Bool { events.contains { !$0.plan.venue.zones.isEmpty } }

        /// The event with a number; `nil` if it is unknown.
        func event(_ id: EventID) -> EventSetup? {
            events.first { $0.event.id == id }
        }

        /// The event with a number.
        ///
        /// - Throws: a 404 problem if it is unknown.
        func known(_ id: EventID) throws(Problem) -> EventSetup {
            guard let setup = event(id) else { throw Problem.noSuchEvent }
            return setup
        }
    }

    /// The maximum number of zones in memory, about 1.5 KB each; the events that end last have precedence.
    static let maximumZones = 20_000

    private let source: any EventSource
    private let selection: Set<EventID>?
    private let logger: Logger
    private let state = Mutex(State())

    /// Creates an empty directory.
    ///
    /// - Parameters:
    ///   - source: the events in the database.
    ///   - selection: the events to load; `nil` for all events.
    ///   - logger: receives warnings about events that are left out.
    init(_ source: any EventSource, only selection: Set<EventID>? = nil, logger: Logger) {
        self.source = source
        self.selection = selection
        self.logger = logger
    }

    /// The events now.
    var current: State { state.withLock { $0 } }

    /// Follows the events until the task is cancelled; the first state is there once the database listens.
    func run() async throws {
        let source = source
        try await ChangeFollower("Not listening for events", logger, listen: { try source.changes() }).run { change in
            switch change {
            case .changed(let event): try await reload(event)
            case .missed: try await reload(nil)
            }
        }
    }

    /// Reads an event that has changed and the list of events; everything if `changed` is `nil`.
    func reload(_ changed: EventID?) async throws {
        let events = try await source.events().filter { selection?.contains($0.id) ?? true }
        let known = changed == nil ? [] : current.events
        var setups: [EventSetup] = []
        var count = 0
        for event in events.sorted(by: Self.precedes) {
            if event.id != changed, let same = known.first(where: { $0.event.id == event.id }) {
                count += same.plan.venue.zones.count
                setups.append(EventSetup(event: event, plan: same.plan))
                continue
            }
            let zones = try await source.plan(of: event.id)
            guard count + zones.count <= Self.maximumZones else {
                logger.warning("Left out the zones of an event: too many zones", [.limit: .integer(Self.maximumZones)])
                continue
            }
            count += zones.count
            let sessions = try await source.programme(of: event.id)
            setups.append(EventSetup(event: event, plan: EventPlan(plan(zones), sessions: sessions)))
        }
        setups.sort { $0.event.id < $1.event.id }
        state.withLock { state in
            state.revision += 1
            state.events = setups
        }
    }

    /// Whether the zones of an event are loaded before those of another one: the later end first.
    private static func precedes(_ one: Event, _ other: Event) -> Bool {
        let (end, otherEnd) = (one.details.hours.last?.upperBound, other.details.hours.last?.upperBound)
        guard end != otherEnd else { return one.id < other.id }
        guard let end else { return true }
        return otherEnd.map { end > $0 } ?? false
    }

    /// Prepares zones, without those that are not valid.
    private func plan(_ zones: [Zone]) -> VenuePlan {
        var zones = zones
        while true {
            do {
                return try VenuePlan(zones)
            } catch {
                logger.warning("Left out an invalid zone")
                zones.remove(at: error.index)
            }
        }
    }
}
