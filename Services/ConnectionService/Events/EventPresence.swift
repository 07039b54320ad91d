import Models
import Presence
import Venue

/// The visits and attended sessions of all persons at an event.
struct EventPresence: Sendable {
    /// The event.
    let setup: EventSetup
    /// The history of each person who visited a zone, by number.
    private(set) var histories: [Int32: EventHistory] = [:]
    /// The number of persons in each zone and session.
    private(set) var counts = EventCounts([])

    /// Starts without visits.
    init(_ setup: EventSetup) {
        self.setup = setup
    }

    /// Replaces the histories of some persons; empty ones are removed.
    mutating func replace(_ changed: [Int32: EventHistory], removing gone: Set<Int32>) {
        for (person, history) in changed { histories[person] = history.visits.isEmpty ? nil : history }
        for person in gone { histories[person] = nil }
        counts = EventCounts(histories.values)
    }

    /// The history of a person within a time range; empty for a person without visits.
    func history(of person: PersonID, during window: TimeWindow) -> EventHistory {
        histories[person.rawValue]?.clamped(to: window.microseconds) ?? EventHistory([], setup.plan)
    }
}

/// The visits of all persons at all events.
struct EventPresences: Sendable {
    /// The events with zones, ordered by number.
    var events: [EventPresence] = []

    /// The event with a number; `nil` if it is unknown or has no zones.
    func event(_ id: EventID) -> EventPresence? {
        events.first { $0.setup.event.id == id }
    }
}
