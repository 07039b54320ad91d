import Models
import Persistence

/// Stores events with their plans and programmes.
protocol EventRepository: Sendable {
    func events() async throws -> [Event]
    func event(_ id: EventID) async throws -> Event?
    /// Adds an event; `nil` if there are too many.
    func create(_ details: EventDetails) async throws -> Event?
    func replace(_ event: Event) async throws -> Bool
    func remove(_ id: EventID) async throws -> Bool
    func plan(of event: EventID) async throws -> [Zone]
    /// Returns the new plan; `nil` if the event does not exist.
    func replacePlan(of event: EventID, with zones: [ZoneDetails]) async throws -> [Zone]?
    func programme(of event: EventID) async throws -> [ProgrammeSession]
    /// Returns the new programme; `nil` if the event does not exist.
    func replaceProgramme(of event: EventID, with sessions: [SessionDetails]) async throws -> [ProgrammeSession]?
}

extension EventStore: EventRepository {}
