import Models
import Presence

/// Where meetings are found.
protocol MeetingRepository: Sendable {
    /// The meetings of all persons, part by part.
    associatedtype Sequence: MeetingSequence

    /// What a person has to do with others, by their numbers; `nil` if the person does not exist.
    func answers(
        of person: PersonID,
        _ rule: MeetingRule,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> [PresenceMap.Answer]?
    /// The meetings of all persons.
    func allMeetings(_ question: MeetingQuestion) async throws -> Sequence
    /// Why two persons met or did not.
    func evidence(of person: PersonID, and other: PersonID, _ rule: MeetingRule) async throws -> MeetingEvidence
    /// The persons of some numbers; persons who do not exist are missing.
    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person]
    /// Wakes streams when answers may have changed.
    var watchers: PersonWatchers { get }
    /// How many locations a person has in memory; 0 if the person does not exist.
    func trailCount(of person: PersonID, in window: TimeWindow) throws -> Int
    /// Throws if meetings cannot be found at this moment, while that can still be answered with a status.
    func checkAvailability() async throws
}

/// Meetings that are found part by part.
protocol MeetingSequence: Sendable {
    /// The next meetings, by the two persons; `nil` at the end.
    mutating func next() async throws -> [PersonMeeting]?
}
