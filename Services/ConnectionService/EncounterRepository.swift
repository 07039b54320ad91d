import Models
import Proximity

/// Where meetings are found.
protocol EncounterRepository: Sendable {
    /// The meetings of all persons, as the search finds them.
    associatedtype Sequence: EncounterSequence

    /// A person's meetings, the most significant first, or `nil` if there is no such person.
    func encounters(
        of person: PersonID,
        in window: TimeWindow,
        rule: EncounterRule,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> [Encounter]?
    /// The meetings of all persons.
    func everybodysEncounters(in window: TimeWindow, rule: EncounterRule) async throws -> Sequence
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
    /// Increases whenever answers may have changed.
    var revision: Int { get }
    /// How many locations a person has in memory; 0 if there is no such person.
    func trailCount(of person: PersonID, in window: TimeWindow) throws -> Int
    /// Throws if meetings cannot be found at this moment, while that can still be answered with a status.
    func checkAvailability() async throws
}

/// Meetings that are found slice by slice of time.
protocol EncounterSequence: Sendable {
    /// The meetings that the next slice ends, which may be none; `nil` at the end.
    mutating func next() async throws -> [Encounter]?
}
