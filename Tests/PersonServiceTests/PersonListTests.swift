import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct PersonListTests {
    private static let names = (1...25).map { $0.isMultiple(of: 5) ? "F&ve \($0)" : "P\($0)" }

    @Test(arguments: [1, 7, 24, 25, 26, 1_000])
    func linksPages(limit: Int) async throws {
        let persons = try InMemoryPersons(Self.names)
        let api = try APIUnderTest(persons)
        var target: String? = "/api/persons?limit=\(limit)"
        var found: [Int] = []
        while let next = target {
            let answer = try await api.send(.get, next)
            #expect(answer.headers["X-Total-Count"] == "25")
            let page = try #require(try answer.json.elements)
            #expect(page.count == min(limit, 25 - found.count))
            found += page.compactMap { $0["id"]?.number.map { Int($0) } }
            target = try Self.next(answer)
        }
        #expect(found == Array(1...25))
        #expect(persons.largestLimit == limit + 1)
    }

    @Test func linksPagesOfASearch() async throws {
        let api = try APIUnderTest(InMemoryPersons(Self.names))
        let first = try await api.send(.get, "/api/persons?q=F%26ve+&limit=3")
        #expect(first.headers["X-Total-Count"] == "5")
        #expect(first.headers["Link"] == "</api/persons?limit=3&after=15&q=F%26ve%20>; rel=\"next\"")
        let second = try await api.send(.get, try #require(try Self.next(first)))
        #expect(try second.json.elements?.compactMap { $0["id"]?.number } == [20, 25])
        #expect(second.headers["Link"] == nil)
    }

    @Test func streamsAllPersonsWithoutALimit() async throws {
        let persons = try InMemoryPersons((1...2_000).map { "P\($0)" })
        let answer = try await APIUnderTest(persons).send(.get, "/api/persons")
        #expect(try answer.json.elements?.compactMap { $0["id"]?.number } == (1...2_000).map(Double.init))
        #expect(answer.headers["X-Total-Count"] == "2000")
        #expect(answer.headers["Link"] == nil)
        #expect(persons.largestLimit == 1_000)
        let rest = try await APIUnderTest(persons).send(.get, "/api/persons?after=1998")
        #expect(try rest.json.elements?.compactMap { $0["id"]?.number } == [1_999, 2_000])
    }

    @Test(arguments: [
        ("limit=0", "limit", "Expected an integer from 1 to 1000."),
        ("limit=1001", "limit", "Expected an integer from 1 to 1000."),
        ("limit=-1", "limit", "Expected an integer from 1 to 1000."),
        ("limit=ten", "limit", "Expected an integer from 1 to 1000."),
        ("limit=", "limit", "Expected an integer from 1 to 1000."),
        ("limit=1.5", "limit", "Expected an integer from 1 to 1000."),
        ("limit=1&limit=2", "limit", "Given more than once; expected an integer from 1 to 1000."),
        ("after=0", "after", "Expected an integer from 1 to 2147483647."),
        ("after=2147483648", "after", "Expected an integer from 1 to 2147483647."),
        ("after=x", "after", "Expected an integer from 1 to 2147483647."),
        ("q=\(String(repeating: "a", count: 256))", "q", "Expected text of at most 255 characters without NUL."),
    ])
    func namesTheInvalidParameter(query: String, parameter: String, detail: String) async throws {
        let answer = try await APIUnderTest(InMemoryPersons(Self.names)).send(.get, "/api/persons?\(query)")
        #expect(answer.status == 400)
        #expect(try answer.errors == [parameter: [detail]])
    }

    @Test(arguments: ["q=%zz", "q=%ff", "q=%00", "q=%"])
    func rejectsInvalidEscapes(query: String) async throws {
        let api = try APIUnderTest(InMemoryPersons())
        await #expect(throws: Problem.self) { try await api.send(.get, "/api/persons?\(query)") }
    }

    private static func next(_ answer: Answer) throws -> String? {
        guard let link = answer.headers["Link"] else { return nil }
        return String(try #require(link.wholeMatch(of: /<(.*)>; rel="next"/)).1)
    }
}
