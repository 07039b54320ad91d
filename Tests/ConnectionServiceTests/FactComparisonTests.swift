import Models
import Testing

@testable import ConnectionService

@Suite struct FactComparisonTests {
    private let comparison = FactComparison(horizon: Timestamp(microseconds: 1_000 * 1_000_000), newID: { "new" })
    private let meeting = Fact.Subject.meeting(PersonID(stored: 1), PersonID(stored: 2))
    private let visit = Fact.Subject.visit(PersonID(stored: 1), ZoneID(stored: 5))
    private let attendance = Fact.Subject.attendance(PersonID(stored: 1), SessionID(stored: 9))

    @Test func tellsTheStartOfAMeetingAndThenItsEnd() {
        let begun = fact(meeting, 2_000, 2_100, isOver: false)
        #expect(changes([], [begun]) == [Change("new", [.meetingStarted])])
        let published = PublishedFact(id: "a", fact: begun, revision: 1)
        #expect(changes([published], [fact(meeting, 2_000, 2_120, isOver: false)]).isEmpty)
        // The last moment is kept up to date without an event.
        #expect(changes([published], [fact(meeting, 2_000, 2_400, isOver: false)]) == [Change("a", [])])
        #expect(changes([published], [fact(meeting, 2_000, 2_400)]) == [Change("a", [.meetingEnded])])
    }

    @Test func tellsBothOfAMeetingThatIsOver() {
        #expect(changes([], [fact(meeting, 2_000, 2_100)]) == [Change("new", [.meetingStarted, .meetingEnded])])
        #expect(changes([], [fact(visit, 2_000, 2_100)]) == [Change("new", [.zoneEntered, .zoneLeft])])
    }

    @Test func tellsAttendanceOnceTheSessionIsOver() {
        let begun = fact(attendance, 2_000, 3_000, isOver: false)
        #expect(changes([], [begun]) == [Change("new", [])])
        let unpublished = PublishedFact(id: "a", fact: begun)
        #expect(changes([unpublished], [fact(attendance, 2_000, 5_000)]) == [Change("a", [.sessionAttended])])
        #expect(changes([unpublished], []) == [Change("a", [], isWithdrawn: true)])
    }

    @Test(arguments: [(1_960, 2_500), (2_000, 2_460), (2_031, 2_500)])
    func revisesAMeetingThatLateFixesMove(start: Int64, end: Int64) {
        let published = PublishedFact(id: "a", fact: fact(meeting, 2_000, 2_500), revision: 2)
        #expect(changes([published], [fact(meeting, start, end)]) == [Change("a", [.meetingRevised])])
    }

    @Test(arguments: [(1_970, 2_500), (2_000, 2_530), (2_030, 2_470)])
    func doesNotTellSmallMoves(start: Int64, end: Int64) {
        let published = PublishedFact(id: "a", fact: fact(meeting, 2_000, 2_500), revision: 2)
        #expect(changes([published], [fact(meeting, start, end)]).isEmpty)
    }

    @Test func revisesAMeetingThatGoesOn() {
        let published = PublishedFact(id: "a", fact: fact(meeting, 2_000, 2_500), revision: 2)
        let ongoing = fact(meeting, 2_000, 2_900, isOver: false)
        #expect(changes([published], [ongoing]) == [Change("a", [.meetingRevised])])
        let visited = PublishedFact(id: "a", fact: fact(visit, 2_000, 2_500), revision: 2)
        #expect(changes([visited], [fact(visit, 2_000, 2_600, isOver: false)]) == [Change("a", [.zoneEntered])])
        #expect(changes([visited], [fact(visit, 2_000, 2_600)]) == [Change("a", [.zoneLeft])])
    }

    @Test func withdrawsWhatDidNotHappen() {
        let published = PublishedFact(id: "a", fact: fact(meeting, 2_000, 2_500), revision: 2)
        #expect(changes([published], []) == [Change("a", [.meetingRevised], isWithdrawn: true)])
    }

    @Test func joinsAndSplitsMeetings() {
        let (one, other) = (fact(meeting, 2_000, 2_500), fact(meeting, 3_000, 3_500))
        let published = [("a", one), ("b", other)].map { PublishedFact(id: $0, fact: $1, revision: 2) }
        let joined = changes(published, [fact(meeting, 2_000, 3_500)])
        #expect(joined == [Change("a", [.meetingRevised]), Change("b", [.meetingRevised], isWithdrawn: true)])
        let whole = PublishedFact(id: "a", fact: fact(meeting, 2_000, 3_500), revision: 2)
        let split = changes([whole], [one, other])
        #expect(split == [Change("a", [.meetingRevised]), Change("new", [.meetingStarted, .meetingEnded])])
    }

    @Test func keepsMeetingsOfOthersApart() {
        let published = PublishedFact(id: "a", fact: fact(meeting, 2_000, 2_500), revision: 2)
        let other = Fact.Subject.meeting(PersonID(stored: 1), PersonID(stored: 3))
        let found = changes([published], [fact(other, 2_000, 2_500), fact(meeting, 2_000, 2_500)])
        #expect(found == [Change("new", [.meetingStarted, .meetingEnded])])
    }

    @Test func leavesWhatStartedBeforeTheHorizon() {
        let published = PublishedFact(id: "a", fact: fact(meeting, 900, 2_500), revision: 2)
        #expect(changes([published], []).isEmpty)
        #expect(changes([published], [fact(meeting, 1_500, 2_000)]).isEmpty)
        #expect(changes([], [fact(meeting, 900, 2_500)]).isEmpty)
    }

    @Test func revisesTheEvent() {
        let published = PublishedFact(id: "a", fact: fact(meeting, 2_000, 2_500), revision: 2)
        var moved = fact(meeting, 2_000, 2_500)
        moved.event = EventID(stored: 2)
        #expect(changes([published], [moved]) == [Change("a", [.meetingRevised])])
    }

    private struct Change: Equatable {
        let id: String
        let types: [DomainEventType]
        let isWithdrawn: Bool

        init(_ id: String, _ types: [DomainEventType], isWithdrawn: Bool = false) {
            (self.id, self.types, self.isWithdrawn) = (id, types, isWithdrawn)
        }
    }

    private func changes(_ published: [PublishedFact], _ found: [Fact]) -> [Change] {
        comparison.changes(from: published, to: found).map { Change($0.fact.id, $0.types, isWithdrawn: $0.isWithdrawn) }
    }

    private func fact(_ subject: Fact.Subject, _ start: Int64, _ end: Int64, isOver: Bool = true) -> Fact {
        Fact(
            subject,
            at: EventID(stored: 1),
            from: Timestamp(microseconds: start * 1_000_000),
            to: Timestamp(microseconds: end * 1_000_000),
            isOver: isOver
        )
    }
}
