import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import Observability
import RESTTestSupport
import Testing

@testable import LocationProducer

/// What is answered as accepted, and does not enter the queue.
@Suite struct WithholdingTests {
    private static let pause = Pause(begins: moment(-60), ends: nil)

    private static func moment(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: noon.microseconds + seconds * 1_000_000)
    }

    private static func location(of person: Int, at time: String = "2026-05-04T10:00:00") -> String {
        #"{"person_id": \#(person), "latitude": 1, "longitude": 2, "creation_time": "\#(time)"}"#
    }

    @Test func answersPausedPersonsLikeOthers() async throws {
        func answers(_ locating: InMemoryLocating, _ queue: InMemoryQueue) async throws -> [String] {
            let api = try APIUnderTest(queue, locating: locating)
            let one = try await api.send(.post, "/api/locations", body: Self.location(of: 1))
            let batch = "[\(Self.location(of: 1)), \(Self.location(of: 2))]"
            let many = try await api.send(.post, "/api/locations/batch", body: batch)
            return ["\(one.status) \(one.headers["Location"] ?? "") \(one.text)", "\(many.status) \(many.text)"]
        }
        let queue = InMemoryQueue()
        let paused = try await answers(InMemoryLocating(pauses: [1: [Self.pause]]), queue)
        #expect(try await paused == answers(InMemoryLocating(), InMemoryQueue()))
        #expect(queue.messages.map(\.isWithheld) == [true, true, false])
        var bytes: [UInt8] = []
        queue.messages[0].encode(into: &bytes)
        #expect(bytes.isEmpty)
    }

    @Test func withholdsFixesOfEarlierPauses() async throws {
        let queue = InMemoryQueue()
        let pause = Pause(begins: Self.moment(-600), ends: Self.moment(-300))
        let api = try APIUnderTest(queue, locating: InMemoryLocating(pauses: [1: [pause]]))
        for time in ["09:49:59", "09:50:00", "09:54:59", "09:55:00"] {
            let body = Self.location(of: 1, at: "2026-05-04T\(time)")
            #expect(try await api.send(.post, "/api/locations", body: body).status == 200)
        }
        #expect(queue.messages.map(\.isWithheld) == [false, true, true, false])
    }

    @Test func withholdsLocationsWithoutConsentWhereOneIsNeeded() async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue, locating: InMemoryLocating(consenting: [2]))
        for person in [1, 2] {
            #expect(try await api.send(.post, "/api/locations", body: Self.location(of: person)).status == 200)
        }
        #expect(queue.messages.map(\.isWithheld) == [true, false])
    }

    /// A heartbeat must not repeat a place of the pause later.
    @Test(arguments: [
        ("/osmand?id=jane&lat=1&lon=2", ""),
        ("/owntracks?u=jane", #"{"_type":"location","lat":1,"lon":2,"tst":1777888800}"#),
    ])
    func phonesDoNotNoticeAPause(target: String, body: String) async throws {
        let (queue, metrics) = (InMemoryQueue(), MetricsRegistry())
        let locating = InMemoryLocating(pauses: [1: [Self.pause]])
        let api = try APIUnderTest(queue, metrics: metrics, locating: locating)
        #expect(try await api.send(.post, target, body: body).status == 200)
        #expect(queue.messages.map(\.isWithheld) == [true])
        #expect(String(decoding: metrics.prometheusText(), as: UTF8.self).contains("locations_withheld_total 1"))
        let heartbeat = try await api.send(.post, "/osmand?id=jane&event=heartbeat&timestamp=1777888800")
        #expect(heartbeat.status == 200)
        #expect(queue.messages.count == 1)
    }

    @Test func importsObeyAPause() async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue, locating: InMemoryLocating(pauses: [1: [Self.pause]]))
        let answer = try await api.send(
            .post,
            "/api/persons/1/imports?format=csv",
            headers: ["Content-Type": "text/csv"],
            body: "time,lat,lon\n2026-05-01T10:00:00Z,1,2\n"
        )
        #expect(answer.status == 201)
        #expect(try answer.json["accepted"]?.number == 1)
        #expect(queue.messages.map(\.isWithheld) == [true])
    }

    @Test func followsChangesAndGoesOnWithoutTheDatabase() async throws {
        let person = PersonID(stored: 1)
        let locating = InMemoryLocating(consenting: [])
        let directory = locating.directory
        #expect(try await directory.permissions().withhold(person, noon, at: noon))
        locating.change { $0.consenting = [person] }
        try await directory.read(person)
        #expect(try await !directory.permissions().withhold(person, noon, at: noon))
        locating.change { $0.pauses[person] = [Self.pause] }
        try await directory.read(person)
        locating.fail()
        #expect(try await directory.permissions().withhold(person, noon, at: noon))
    }

    @Test func refusesOnlyWhereAConsentIsNeededIfNothingIsKnown() async throws {
        let (strict, lenient) = (InMemoryLocating(consenting: []), InMemoryLocating())
        strict.fail()
        lenient.fail()
        await #expect(throws: LocationQueueError.self) { try await strict.directory.permissions() }
        #expect(try await lenient.directory.permissions().allowAll)
    }
}
