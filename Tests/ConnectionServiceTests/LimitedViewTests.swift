import Credentials
import HTTPServer
import Models
import Presence
import Testing

@testable import ConnectionService

/// What an attendee sees of others.
@Suite struct LimitedViewTests {
    private static let agreed = Timestamp(microseconds: 1_000)

    private func view(of viewer: Int32, _ purposes: [Int32: [ConsentPurpose]], key: UInt8 = 1) -> LimitedView {
        let consents = purposes.map { person, purposes in
            (
                PersonID(stored: person),
                Consents(since: Dictionary(uniqueKeysWithValues: purposes.map { ($0, Self.agreed) }))
            )
        }
        return LimitedView(
            of: PersonID(stored: viewer),
            Dictionary(uniqueKeysWithValues: consents),
            pseudonyms: KeyedDigest(key: [key])
        )
    }

    @Test func aConsentCountsFromItsTimeOn() {
        let view = view(of: 1, [2: [.meet]])
        #expect(view.allows(.meet, 2, at: Self.agreed))
        #expect(!view.allows(.meet, 2, at: Timestamp(microseconds: 999)))
        #expect(!view.allows(.identify, 2, at: Self.agreed))
        #expect(!view.allows(.meet, 3, at: Self.agreed))
    }

    @Test func onlyTheViewerAndThoseWhoAgreedAreNamed() {
        let view = view(of: 1, [2: [.meet], 3: [.meet, .identify]])
        #expect(view.number(of: 1) == 1)
        #expect(view.number(of: 3) == 3)
        #expect(view.number(of: 2) >= LimitedView.firstPseudonym)
    }

    @Test func eachViewerGetsOtherPseudonyms() {
        let first = view(of: 1, [:]).number(of: 2)
        #expect(first == view(of: 1, [:]).number(of: 2))
        #expect(first != view(of: 3, [:]).number(of: 2))
        #expect(first != view(of: 1, [:]).number(of: 4))
        #expect(first != view(of: 1, [:], key: 2).number(of: 2))
    }

    @Test func unnamedPersonsAreNotRead() async throws {
        let view = view(of: 1, [:])
        let pseudonym = PersonID(stored: view.number(of: 2))
        let found = try await view.persons([pseudonym]) { ids in
            #expect(ids.isEmpty)
            return [:]
        } name: { _, _, _ in
            [:]
        }
        #expect(found[pseudonym]?.details.firstName == "Unnamed")
        #expect(found[pseudonym]?.id == pseudonym)
    }

    @Test(arguments: ["distance=20.1", "gap=901"])
    func refusesWiderQuestions(query: String) throws {
        let parameters = try QueryParameters(parsing: query[...])
        #expect(throws: Problem.self) { try MeetingQuestion(parameters, as: view(of: 1, [:])) }
        #expect(throws: Never.self) { try MeetingQuestion(parameters) }
    }

    @Test func raisesTheShortestMeeting() throws {
        let parameters = try QueryParameters(parsing: "least=1")
        #expect(try MeetingQuestion(parameters, as: view(of: 1, [:])).rule.least == LimitedView.leastDuration)
    }
}
