import Access
import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import ConnectionService

/// Answers to attendees, and figures, by what persons agreed to.
@Suite struct AttendeeAnswersTests {
    private static let agreed = Timestamp(microseconds: 1_000)

    /// Persons who agreed to the same purposes long ago.
    private static func consents(of persons: ClosedRange<Int32>, to purposes: [ConsentPurpose]) -> [PersonID: Consents]
    {
        let since = Dictionary(uniqueKeysWithValues: purposes.map { ($0, agreed) })
        return Dictionary(uniqueKeysWithValues: persons.map { (PersonID(stored: $0), Consents(since: since)) })
    }

    private static func attendee(_ person: Int32) throws -> GrantedAccess {
        GrantedAccess(
            identity: Identity(subject: "person:\(person)", roles: [.attendee], person: PersonID(stored: person)),
            role: .attendee,
            grant: try #require(Permission.Grant("own limited"))
        )
    }

    /// Persons 1 and 2 meet; stopped after the stream's first answer.
    private static func api(_ consents: [PersonID: Consents]) async throws -> APIUnderTest {
        let stop = CountedStop(after: 1)
        return try APIUnderTest(
            await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0, samples: 20)),
            as: try attendee(1),
            consents: { () throws(Problem) in consents },
            isStopping: { stop.isStopping }
        )
    }

    private static let paths = [
        "/api/persons/1/people", "/api/persons/1/encounters", "/api/persons/1/encounters/stream",
        "/api/persons/1/encounters/2/evidence",
    ]

    @Test(arguments: paths)
    func showNothingWithoutTheConsentOfBoth(path: String) async throws {
        let both = Self.consents(of: 1...2, to: [.identify, .place])
        let one = Self.consents(of: 1...1, to: [.meet]).merging(Self.consents(of: 2...2, to: [.identify])) { $1 }
        for consents in [both, one] {
            let text = try await Self.api(consents).send(.get, path).text
            // The evidence names the viewer.
            let names = text.matches(of: /Taco/).count
            #expect(names <= (path.hasSuffix("evidence") ? 2 : 0) && !text.contains("-10.657"), "\(text)")
        }
    }

    @Test func aStreamNamesThoseWhoAgreed() async throws {
        let path = "/api/persons/1/encounters/stream"
        let unnamed = try await Self.api(Self.consents(of: 1...2, to: [.meet])).send(.get, path).text
        #expect(unnamed.contains(#"{"total":1,"#) && unnamed.contains("Unnamed") && !unnamed.contains("Taco"))
        let named = try await Self.api(Self.consents(of: 1...2, to: [.meet, .identify])).send(.get, path).text
        #expect(named.contains(#""encounters":[{"person":{"id":2,"first_name":"Taco""#))
    }

    /// Person 1 meets 2, 3 and 4, the longer the smaller their number; all agreed to be named.
    private static func crowd(newAcquaintances: Int, as role: Role = .attendee) async throws -> APIUnderTest {
        let stop = CountedStop(after: 1)
        let consents = consents(of: 1...4, to: [.meet, .identify])
        let identity = Identity(subject: "person:1", roles: [role], person: PersonID(stored: 1))
        let grant = try #require(Permission.Grant("limited"))
        var locations: [Location] = []
        for other: Int32 in 2...4 {
            locations += try meeting(of: 1, and: other, at: Int64(other) * 36_000, samples: 30 - Int64(other))
        }
        return try APIUnderTest(
            await InMemoryMeetings(locations),
            as: GrantedAccess(identity: identity, role: role, grant: grant),
            consents: { () throws(Problem) in consents },
            newAcquaintances: newAcquaintances,
            isStopping: { stop.isStopping }
        )
    }

    /// The first names in a list.
    private static func names(_ answer: Answer) throws -> [String] {
        try #require(try answer.json.elements).compactMap { $0["person"]?["last_name"]?.string }
    }

    @Test func namesALimitedNumberOfNewAcquaintancesADay() async throws {
        let api = try await Self.crowd(newAcquaintances: 2)
        let first = try await api.send(.get, "/api/persons/1/people?limit=1")
        #expect(try Self.names(first).count == 1 && !first.text.contains("Unnamed"))
        let all = try await api.send(.get, "/api/persons/1/people")
        let persons = try #require(try all.json.elements).map { $0["person"] }
        #expect(persons.prefix(2).allSatisfy { $0?["first_name"]?.string != "Unnamed" })
        #expect(persons.last??["first_name"]?.string == "Unnamed")
        #expect(persons.last??["company_name"]?.string == "No more new names today")
        #expect((persons.last??["id"]?.number ?? 0) >= Double(LimitedView.firstPseudonym))
        // The same persons are named again, in each answer.
        #expect(try await api.send(.get, "/api/persons/1/people").text == all.text)
        let stream = try await api.send(.get, "/api/persons/1/encounters/stream").text
        #expect(stream.matches(of: /"first_name":"Unnamed"/).count == 1)
        #expect(try await api.send(.get, "/api/persons/1/encounters").text.matches(of: /"Unnamed"/).count == 1)
    }

    @Test func neitherEvidenceNorAFilterNamesMore() async throws {
        let api = try await Self.crowd(newAcquaintances: 1)
        #expect(try await api.send(.get, "/api/persons/1/encounters/3/evidence").status == 200)
        #expect(try await api.send(.get, "/api/persons/1/encounters/2/evidence").status == 404)
        let found = try await api.send(.get, "/api/persons/1/people?name=a")
        #expect(found.headers["X-Total-Count"] == "1")
        #expect(try found.json[0]?["person"]?["id"]?.number == 3)
    }

    @Test(arguments: [(Role.client, 0), (.attendee, .max)])
    func othersHaveNoLimitOfNewAcquaintances(role: Role, limit: Int) async throws {
        let answer = try await Self.crowd(newAcquaintances: limit, as: role).send(.get, "/api/persons/1/people")
        #expect(try Self.names(answer).count == 3 && !answer.text.contains("Unnamed"))
    }

    @Test func evidenceHasNoPlacesOfTheOtherPerson() async throws {
        let api = try await Self.api(Self.consents(of: 1...2, to: [.meet, .identify, .place]))
        let json = try await api.send(.get, "/api/persons/1/encounters/2/evidence").json
        let overlap = try #require(json["overlaps"]?.elements?.first)
        #expect(overlap["own"]?["place"]?["latitude"]?.string != nil)
        #expect(overlap["other"]?["place"]?["latitude"] == nil)
    }

    @Test(arguments: paths + ["/api/events/2/occupancy?day=2020-08-15"])
    func answerUnavailableWhileConsentsAreNotKnown(path: String) async throws {
        let api = try APIUnderTest(
            await InMemoryMeetings(
                try meeting(of: 1, and: 2, at: 0, samples: 20),
                events: [try EventFixtures.setup()]
            ),
            as: try Self.attendee(1),
            consents: { () throws(Problem) in throw Problem.unavailable("The consents are not known.") }
        )
        #expect(try await api.send(.get, path).status == 503)
    }

    @Test func figuresCountThoseWhoAgreed() async throws {
        for (last, visitors) in [(Int32(4), [Double]()), (5, [5, 5]), (6, [5, 5])] {
            let consents = Self.consents(of: 1...last, to: [.statistics])
            let api = try APIUnderTest(
                await InMemoryMeetings(
                    try [1, 3, 5].flatMap { try meeting(of: $0, and: $0 + 1, at: 0, samples: 20) },
                    events: [try EventFixtures.setup()]
                ),
                as: GrantedAccess(identity: Identity(subject: "organiser", roles: [.organiser]), role: .organiser),
                consents: { () throws(Problem) in consents }
            )
            let rows = try #require(try await api.send(.get, "/api/events/2/occupancy?day=2020-08-15").json.elements)
            #expect(rows.compactMap { $0["visitors"]?.number } == visitors)
        }
    }

    @Test func figuresCountFromTheConsentOn() {
        let consents = [PersonID(stored: 1): Consents(since: [.statistics: Self.agreed])]
        let counted = CountedPersons(consents)
        #expect(counted.include(1, at: 1_000) && !counted.include(1, at: 999) && !counted.include(2, at: 1_000))
        #expect(CountedPersons.everyone.include(2, at: 0))
    }
}
