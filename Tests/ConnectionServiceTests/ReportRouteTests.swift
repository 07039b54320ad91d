import Access
import Foundation
import HTTPServer
import JSON
import Models
import RESTAccess
import RESTTestSupport
import Testing
import Venue

@testable import ConnectionService

/// The reports in all formats.
@Suite struct ReportRouteTests {
    /// Figures whose names try to be markup and formulas.
    private static let figures = DayFigures(
        visitors: 12_040,
        zones: [
            ZoneFigures(
                zone: ZoneName(code: "=1+1", name: "<script>alert(\"1\")</script> & \"Hall\""),
                visitors: 1_240,
                peak: ZoneFigures.Peak(start: "2026-05-04T11:30:00+02:00", persons: 10),
                dwell: ZoneFigures.Dwell(lowerQuartile: 60, median: 120, upperQuartile: 600, returnShare: 0.2)
            ),
            ZoneFigures(zone: ZoneName(code: "b", name: "@Booth, 12"), visitors: nil, peak: nil, dwell: nil),
        ],
        sessions: [
            SessionFigures(
                code: "-k",
                title: "+Opening \"keynote\"\n</td>",
                start: "2026-05-04T11:00:00+02:00",
                end: "2026-05-04T11:45:00+02:00",
                attendees: nil
            )
        ],
        flows: [
            FlowFigures(from: ZoneName(code: "h", name: "قاعة"), to: ZoneName(code: "b", name: "Booth"), persons: 15)
        ],
        peopleMet: PeopleMet(
            persons: 35,
            lowerQuartile: 2,
            median: 4,
            upperQuartile: 7,
            meetings: 90,
            minutes: 1_005_450
        )
    )

    private static func report(_ day: Int64, _ figures: DayFigures = figures) -> EventReport {
        EventReport(
            date: CalendarDate(daysSince1970: day),
            timeZone: "Europe/Madrid",
            time: TimeWindow(microseconds: 0..<1),
            madeAt: Timestamp(microseconds: 1_777_953_612_104_233),
            format: DayFigures.format,
            figures: figures.json
        )
    }

    private static func api(_ reports: [EventReport], as role: Role? = nil) async throws -> APIUnderTest {
        let meetings = await InMemoryMeetings(events: [try EventFixtures.setup()])
        let access = role.map { GrantedAccess(identity: Identity(subject: "someone", roles: [$0]), role: $0) }
        return try APIUnderTest(meetings, as: access, reports: InMemoryReports(reports: reports))
    }

    private static let path = "/api/events/2/reports/2026-05-04"
    private static let day: Int64 = 20_577

    @Test func figuresCanBeReadAgain() throws {
        #expect(try DayFigures(json: Self.figures.json) == Self.figures)
        #expect(try DayFigures(json: DayFigures().json) == DayFigures())
        #expect(try DayFigures(json: #"{"later": [{"a": 1}], "visitors": 5}"#) == DayFigures(visitors: 5))
    }

    @Test func listsReportsInPages() async throws {
        let api = try await Self.api((0..<3).map { Self.report(Self.day - $0) })
        let first = try await api.send(.get, "/api/events/2/reports?limit=2")
        #expect(try first.json.elements?.map { $0["day"]?.string } == ["2026-05-04", "2026-05-03"])
        #expect(first.headers["X-Total-Count"] == "3")
        let link = try #require(first.headers["Link"]?.split(separator: ">").first?.dropFirst())
        let second = try await api.send(.get, String(link))
        #expect(try second.json.elements?.map { $0["day"]?.string } == ["2026-05-02"])
        #expect(second.headers["Link"] == nil)
    }

    @Test func answersWithTheStoredFigures() async throws {
        let answer = try await Self.api([Self.report(Self.day)]).send(.get, Self.path)
        let figures = try #require(try answer.json["figures"])
        #expect(figures["visitors"]?.number == 12_040)
        #expect(figures["zones"]?.elements?[0]["dwell"]?["median"]?.number == 120)
        #expect(figures["people_met"]?["meetings"]?.number == 90)
    }

    @Test func writesAPageWithoutMarkupOfUsers() async throws {
        let browser: HTTPHeaders = ["Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]
        let page = try await Self.api([Self.report(Self.day)]).send(.get, Self.path, headers: browser)
        #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(page.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
        #expect(!page.text.contains("<script"))
        #expect(
            page.text.contains("<bdi>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &quot;Hall&quot;</bdi>")
        )
        #expect(page.text.contains("<td>11:30, 10</td><td>2 min</td><td>1 – 10 min</td><td>20 %</td>"))
        #expect(page.text.contains("<bdi>+Opening &quot;keynote&quot;\n&lt;/td&gt;</bdi>"))
        #expect(page.text.contains("<td>11:00 – 11:45</td><td>under 5</td>"))
        #expect(page.text.contains("<dd>12,040</dd>") && page.text.contains("<dd>1,005,450 min</dd>"))
        #expect(page.text.contains("<td><span class=\"number\">1,240</span>"))
        #expect(page.text.contains("<rect width=\"100%\""))
        #expect(page.text.hasSuffix("</html>\n"))
    }

    @Test func writesALineForEachFigure() async throws {
        let api = try await Self.api([Self.report(Self.day)])
        let csv = try await api.send(.get, Self.path, headers: ["Accept": "text/csv"])
        let lines = csv.text.components(separatedBy: "\r\n")
        #expect(lines.first == "section,code,name,to_code,to_name,measure,value")
        #expect(lines.contains("event,,,,,visitors,12040"))
        #expect(lines.contains("people_met,,,,,upper_quartile,7"))
        // A spreadsheet runs no formula.
        let name = "\"<script>alert(\"\"1\"\")</script> & \"\"Hall\"\"\""
        #expect(lines.contains("zone,'=1+1,\(name),,,peak_persons,10"))
        #expect(lines.contains("session,'-k,\"'+Opening \"\"keynote\"\"\n</td>\",,,start,2026-05-04T11:00:00+02:00"))
        #expect(lines.contains("flow,h,قاعة,b,Booth,persons,15"))
        // Hidden figures have no line.
        #expect(!csv.text.contains("attendees") && !csv.text.contains("@Booth"))
    }

    @Test func aDayWithoutFiguresHasAReport() async throws {
        let api = try await Self.api([Self.report(Self.day, DayFigures())])
        #expect(try await api.send(.get, Self.path).json["figures"]?["visitors"] == .null)
        let page = try await api.send(.get, Self.path, headers: ["Accept": "text/html"])
        #expect(page.text.contains("<p>No figures.</p>") && page.text.contains("<dd>under 5</dd>"))
        let csv = try await api.send(.get, Self.path, headers: ["Accept": "text/csv"])
        #expect(csv.text == "section,code,name,to_code,to_name,measure,value\r\n")
    }

    @Test func tablesAreBounded() throws {
        let zone = ZoneName(code: "z", name: String(repeating: "n", count: 1_000))
        let rows = (0..<10_000).map { _ in FlowFigures(from: zone, to: zone, persons: 5) }
        let bounded = DayFigures.bounded(rows)
        #expect(bounded.count > 50)
        #expect(DayFigures(flows: bounded).json.utf8.count < 140 << 10)
    }

    @Test(arguments: [
        ("/api/events/7/reports", 404), ("/api/events/2/reports?cursor=3", 400), ("/api/events/2/reports?limit=0", 400),
        ("/api/events/2/reports/2026-05-05", 404), ("/api/events/7/reports/2026-05-04", 404),
        ("/api/events/2/reports/2026-02-30", 400),
    ])
    func refusesInvalidQuestions(path: String, status: Int) async throws {
        #expect(try await Self.api([Self.report(Self.day)]).send(.get, path).status == status)
    }

    @Test func refusesOtherFormats() async throws {
        let api = try await Self.api([Self.report(Self.day)])
        #expect(try await api.send(.get, Self.path, headers: ["Accept": "image/png"]).status == 406)
    }

    @Test func showsOrganisersOnlyReportsOfPersonsWhoAgreed() async throws {
        let api = try await Self.api([Self.report(Self.day)], as: .organiser)
        #expect(try await api.send(.get, "/api/events/2/reports").json.elements?.isEmpty == true)
        #expect(try await api.send(.get, Self.path).status == 404)
    }
}
