import Models
import Testing

@testable import Faults

/// An oracle that never finds a fault is useless.
@Suite struct OracleTests {
    private func fixes(_ steps: Int32...) -> [Fix] { steps.map { Fix(person: 1, step: $0) } }

    @Test func acceptsEachLocationStoredOnceInAnyOrder() {
        let verdict = Oracle.Verdict(acknowledged: fixes(1, 2, 3), stored: fixes(3, 1, 2))
        #expect(verdict.complaints(expectedDeadLetters: 0).isEmpty)
        #expect(verdict.acknowledged == 3)
    }

    @Test func countsLostLocations() {
        let verdict = Oracle.Verdict(acknowledged: fixes(1, 2, 3, 4), stored: fixes(2))
        #expect((verdict.lost, verdict.doubled, verdict.unknown) == (3, 0, 0))
        #expect(verdict.complaints(expectedDeadLetters: 0) == ["3 acknowledged locations are not stored."])
    }

    @Test func countsDuplicates() {
        let verdict = Oracle.Verdict(acknowledged: fixes(1, 2), stored: fixes(2, 1, 2, 2))
        #expect((verdict.lost, verdict.doubled, verdict.unknown) == (0, 2, 0))
    }

    @Test func countsUnknownLocations() {
        let verdict = Oracle.Verdict(acknowledged: fixes(1), stored: fixes(0, 1, 5))
        #expect((verdict.lost, verdict.doubled, verdict.unknown) == (0, 0, 2))
    }

    @Test func requiresEveryDeadLetterAndSomeAcknowledgements() {
        #expect(Oracle.Verdict(acknowledged: fixes(1), stored: fixes(1)).complaints(expectedDeadLetters: 1).count == 1)
        #expect(Oracle.Verdict(acknowledged: [], stored: []).complaints(expectedDeadLetters: 0).count == 1)
    }

    @Test func findsAFixByPersonAndTime() throws {
        let walks = Walks(phones: 10, seed: 1)
        for fix in [Fix(person: 3, step: 0), Fix(person: 11, step: 86_399), Fix(person: 1, step: -1_000_000_000)] {
            let report = try walks.report(fix)
            let found = walks.fix(person: report.personID.rawValue, microseconds: report.creationTime.microseconds)
            #expect(found == fix)
        }
        #expect(walks.fix(person: 1, microseconds: 1) == nil)
    }
}
