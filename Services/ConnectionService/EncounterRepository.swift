import Models
import Proximity

/// Where meetings are found.
protocol EncounterRepository: Sendable {
    /// A person's meetings, the most significant first, or `nil` if there is no such person.
    func encounters(of person: PersonID, in window: TimeWindow, rule: EncounterRule) async throws -> [Encounter]?
    /// Finds everybody's meetings slice by slice of time, and hands over those of each slice that are over; they may be none.
    func forEachEncounter(
        in window: TimeWindow,
        rule: EncounterRule,
        _ visit: ([Encounter]) async throws -> Void
    ) async throws
    /// Why two persons met or did not; of nobody's locations if there is no such person.
    func evidence(
        of person: PersonID,
        and other: PersonID,
        in window: TimeWindow,
        rule: EncounterRule,
        limit: Int
    ) async throws -> EncounterEvidence
    /// The persons of some numbers; who does not exist is left out.
    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person]
    /// A number that is another one when answers may have changed.
    var revision: Int { get }
    /// What tells whether somebody has been elsewhere since; of nowhere if there is no such person.
    func trailMark(of person: PersonID, in window: TimeWindow) async throws -> TrailMark
    /// Throws what keeps everybody's meetings from being found, as long as that can be answered with a status.
    func checkAvailability() async throws
}

/// What of a trail changes when a location comes to it.
struct TrailMark: Equatable {
    /// How many locations it has in memory.
    let count: Int
    /// The greatest of their numbers.
    let greatest: LocationID?

    /// The mark of a trail.
    init(_ trail: [Location]) {
        count = trail.count
        greatest = trail.lazy.map(\.id).max()
    }
}
