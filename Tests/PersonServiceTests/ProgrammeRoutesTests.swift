import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct ProgrammeRoutesTests {
    private static let path = "/api/events/1/programme"

    private static let sessions = """
        [{"code":"6f1c","title":"Opening & \\"keynote\\" <1>","starts":"2026-05-04T09:30:00+02:00",\
        "ends":"2026-05-04T10:15:00+02:00","room":"Main stage","speakers":["Zoë Quill","Li, Ming"]},
        {"code":"late","title":"Night talk","starts":"2026-05-04T23:30:00Z","ends":"2026-05-05T01:00:30Z","room":"Annex"},
        {"code":"break","title":"","starts":"2026-05-05T10:00:00Z","ends":"2026-05-05T10:20:00Z"}]
        """

    private static let expected = """
        [{"id":1,"code":"6f1c","title":"Opening & \\"keynote\\" <1>","starts":"2026-05-04T07:30:00Z",\
        "ends":"2026-05-04T08:15:00Z","room":"Main stage","speakers":["Zoë Quill","Li, Ming"]},\
        {"id":2,"code":"late","title":"Night talk","starts":"2026-05-04T23:30:00Z","ends":"2026-05-05T01:00:30Z",\
        "room":"Annex","speakers":[]},\
        {"id":3,"code":"break","title":"","starts":"2026-05-05T10:00:00Z","ends":"2026-05-05T10:20:00Z","speakers":[]}]
        """

    @Test func returnsTheProgrammeThatReplacedAnother() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        let answer = try await api.send(.put, Self.path, body: Self.sessions)
        #expect(answer.text == #"{"sessions":3,"rooms_without_zone":["Annex","Main stage"]}"#)
        #expect(try await api.send(.get, Self.path).text == Self.expected)
    }

    /// Each format that is written describes the same programme when it is read.
    @Test(arguments: [
        ("json", "application/json"), ("schedule_json", "application/json"), ("schedule_xml", "application/xml"),
        ("ical", "text/calendar"),
    ])
    func exportsWhatImportsAsTheSame(format: String, mediaType: String) async throws {
        let api = try APIUnderTest(InMemoryEvents())
        _ = try await api.send(.put, Self.path, body: Self.sessions)
        let export = try await api.send(.get, "\(Self.path)?format=\(format)")
        #expect(export.headers["Content-Type"]?.hasPrefix(mediaType) == true)
        let other = try APIUnderTest(InMemoryEvents())
        let answer = try await other.send(.put, Self.path, headers: ["Content-Type": mediaType], body: export.bytes)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(try await other.send(.get, Self.path).text == Self.expected)
    }

    @Test(arguments: [
        ("text/calendar", "BEGIN:VCALENDAR"), ("application/xml", "<?xml"), ("application/json", "["), ("*/*", "["),
    ])
    func choosesTheFormatByAccept(accept: String, beginning: String) async throws {
        let answer = try await APIUnderTest(InMemoryEvents()).send(.get, Self.path, headers: ["Accept": accept])
        #expect(answer.text.hasPrefix(beginning))
    }

    /// In the form of pretalx and of FOSDEM: elements that are not kept, local times, seconds in durations.
    @Test func importsASchedule() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        let answer = try await api.send(.put, Self.path, headers: ["Content-Type": "text/xml"], body: Self.schedule)
        #expect(answer.text == #"{"sessions":3,"rooms_without_zone":["Aula 2","Main stage"]}"#)
        #expect(
            try await api.send(.get, Self.path).text == """
                [{"id":1,"code":"4b7a9d1e-7c39-5b3f-9c3e-1d2f3a4b5c6d","title":"Opening","starts":"2026-05-04T07:30:00Z",\
                "ends":"2026-05-04T08:15:00Z","room":"Main stage","speakers":["Zoë Quill"]},\
                {"id":2,"code":"102","title":"Ten years of maps","starts":"2026-05-04T09:00:00Z",\
                "ends":"2026-05-04T09:25:00Z","room":"Main stage","speakers":["Ana Costa","Bo Li"]},\
                {"id":3,"code":"103","title":"Workshop","starts":"2026-05-04T08:00:00Z","ends":"2026-05-04T10:30:00Z",\
                "room":"Aula 2","speakers":[]}]
                """
        )
    }

    private static let schedule = """
        <?xml version='1.0' encoding='utf-8'?>
        <schedule>
          <generator name="pretalx" version="2026.1.0"/>
          <version>1.2</version>
          <conference>
            <acronym>hf26</acronym>
            <title>Harbour Fair</title>
            <start>2026-05-04</start>
            <end>2026-05-04</end>
            <days>1</days>
            <timeslot_duration>00:05</timeslot_duration>
            <base_url>https://fair.example</base_url>
            <time_zone_name>Europe/Madrid</time_zone_name>
            <track name="Main" color="#aa0000" slug="1-main"/>
          </conference>
          <day index='1' date='2026-05-04' start='2026-05-04T04:00:00+02:00' end='2026-05-05T03:59:00+02:00'>
            <room name='Main stage' guid='b6a1'>
              <event guid='4b7a9d1e-7c39-5b3f-9c3e-1d2f3a4b5c6d' id='101' code="QWERTZ">
                <room>Main stage</room>
                <title>Opening</title>
                <subtitle/>
                <type>Keynote</type>
                <date>2026-05-04T09:30:00+02:00</date>
                <start>09:30</start>
                <duration>00:45</duration>
                <abstract>Welcome &amp; more</abstract>
                <slug>hf26-101-opening</slug>
                <track>Main</track>
                <logo/>
                <persons>
                  <person id='1' guid="f00d">Zoë Quill</person>
                </persons>
                <language>en</language>
                <recording><license/><optout>false</optout></recording>
                <links/>
                <attachments/>
              </event>
              <event id="102">
                <start>11:00</start>
                <duration>00:25:00</duration>
                <room>Main stage</room>
                <title>Ten years of maps</title>
                <persons><person id="2">Ana Costa</person><person id="3">Bo Li</person></persons>
              </event>
            </room>
            <room name='Aula 2'>
              <event id="103">
                <date>2026-05-04T10:00:00+02:00</date>
                <start>10:00</start>
                <duration>02:30</duration>
                <title>Workshop</title>
                <persons/>
              </event>
            </room>
          </day>
        </schedule>
        """
}
