import Models
import Presence

/// Finds meetings, visits and attendance.
protocol MeetingRepository: VisitRepository {
    /// The meetings of all persons, in parts.
    associatedtype Sequence: MeetingSequence

    /// A person's meetings with others, ordered by the others' numbers; `nil` if the person does not exist.
    func meetings(
        of person: PersonID,
        _ question: MeetingQuestion,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> FoundRows<MeetingRow>?
    /// The people that a person met or attended something with, ordered by their numbers; `nil` if the person
    /// does not exist.
    func people(
        of person: PersonID,
        _ question: MeetingQuestion,
        _ order: PersonRow.Order
    ) async throws -> FoundRows<PersonRow>?
    /// The meetings of all persons.
    func allMeetings(_ question: MeetingQuestion) async throws -> Sequence
    /// Persons who may be named to an attendee; see `PersonStore.persons(_:namedTo:newInADay:)`.
    func persons(
        _ ids: [PersonID],
        namedTo viewer: PersonID,
        newInADay limit: Int
    ) async throws -> [PersonID: Person?]
    /// The evidence for and against meetings of two persons.
    func evidence(of person: PersonID, and other: PersonID, _ rule: MeetingRule) async throws -> MeetingEvidence
    /// Wakes streams when answers may have changed.
    var watchers: PersonWatchers { get }
    /// The number of a person's locations in memory; 0 if the person does not exist.
    func trailCount(of person: PersonID, in window: TimeWindow) throws -> Int
    /// Throws if the repository is unavailable. Called before the status line is sent.
    func checkAvailability() async throws
}

/// A sequence of meetings, found part by part.
protocol MeetingSequence: Sendable {
    /// The names of zones and sessions.
    var names: EventNames { get }
    /// The next meetings, ordered by the two persons; `nil` at the end.
    mutating func next() async throws -> [MeetingRow]?
}
