import Geospatial
import HTTPServer
import LocationProtocol
import Models
import RESTTestSupport
import Synchronization
import Testing

@testable import LocationProducer

@Suite struct HintTests {
    /// Hints in an array.
    private final class InMemoryHints: HintStore {
        struct Kept: Equatable {
            let kind: ZoneHint.Kind
            let person: PersonID
            let time: Timestamp
        }

        struct Failure: Error {}

        private let state = Mutex<[(Kept, Int64)]>([])
        private let fails: Bool

        init(fails: Bool = false) {
            self.fails = fails
        }

        var kept: [Kept] { state.withLock { $0.map(\.0) } }
        var digests: [Int64] { state.withLock { $0.map(\.1) } }

        func keep(_ hints: [ZoneHint], of person: PersonID, _ device: DeviceNumber, at time: Timestamp) async throws {
            guard !fails else { throw Failure() }
            state.withLock { state in
                for hint in hints.sorted(by: { $0.kind.rawValue < $1.kind.rawValue }) {
                    state.append((Kept(kind: hint.kind, person: person, time: time), hint.digest))
                }
            }
        }
    }

    private static let nine = Timestamp(microseconds: 1_777_885_200_000_000)
    private static let headers: HTTPHeaders = [
        "Content-Type": "application/json", "Authorization": "Basic amFuZTpzZWNyZXQ=",
    ]

    private static func send(_ body: String, _ hints: InMemoryHints?, _ queue: InMemoryQueue) async throws -> Answer {
        try await APIUnderTest(queue, hints: hints.map { HintKeeper(secret: "a secret of the deployment", store: $0) })
            .send(.post, "/owntracks", headers: headers, body: body)
    }

    private static func location(_ members: String) -> String {
        #"{"_type":"location","lat":1,"lon":2,"tst":1777885200,\#(members)}"#
    }

    @Test func keepsWhatALocationTellsOfItsSurroundings() async throws {
        let (hints, queue) = (InMemoryHints(), InMemoryQueue())
        let body = Self.location(
            #""BSSID":"0:1A:2b:3c:4d:5e","SSID":"Hall 3","inrids":["6da9cf","x"],"inregions":["Home"]"#
        )
        #expect(try await Self.send(body, hints, queue).status == 200)
        #expect(queue.messages.count == 1)
        #expect(hints.kept.map(\.kind) == [.region, .region, .wifi])
        #expect(hints.kept.allSatisfy { $0.time == Self.nine && $0.person == queue.messages[0].report.personID })
        // Another spelling of the address is the same access point; another person's hint is comparable.
        let again = InMemoryHints()
        _ = try await Self.send(Self.location(#""BSSID":"00:1a:2b:3c:4d:5e""#), again, InMemoryQueue())
        #expect(again.digests == [hints.digests[2]])
    }

    @Test func keepsABeaconThatHasNoPlace() async throws {
        let (hints, queue) = (InMemoryHints(), InMemoryQueue())
        let body = #"""
            {"_type":"beacon","uuid":"E2C56DB5-DFFB-48D2-B060-D0F5A71096E0","major":1,"minor":2,"tst":1777885200,"prox":1}
            """#
        #expect(try await Self.send(body, hints, queue).text == "[]")
        #expect(hints.kept.map(\.kind) == [.beacon])
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: [
        #""BSSID":"02:00:00:00:00:00""#, #""BSSID":"0:0:0:0:0:0""#, #""BSSID":"Hall 3""#, #""BSSID":7"#,
        #""inrids":"x""#,
        #""inrids":["", 7, null]"#, #""inrids":[["x"]]"#,
    ]) func passesOverWhatIdentifiesNothing(members: String) async throws {
        let (hints, queue) = (InMemoryHints(), InMemoryQueue())
        #expect(try await Self.send(Self.location(members), hints, queue).status == 200)
        #expect(hints.kept.isEmpty || members.contains("7, null"))
        #expect(queue.messages.count == 1)
    }

    @Test func keepsSixteenOfAMessageAtMost() async throws {
        let hints = InMemoryHints()
        let regions = (0..<100).map { "\"\($0)\"" }.joined(separator: ",")
        _ = try await Self.send(Self.location(#""inrids":[\#(regions)]"#), hints, InMemoryQueue())
        #expect(hints.kept.count == NoticedTransmitter.maximumCount)
    }

    /// The app sends the message again, and the location is stored once.
    @Test func acknowledgesNothingThatIsNotKept() async throws {
        await #expect(throws: (any Error).self) {
            try await Self.send(
                Self.location(#""BSSID":"0:1A:2b:3c:4d:5e""#),
                InMemoryHints(fails: true),
                InMemoryQueue()
            )
        }
    }

    @Test func keepsNothingWithoutASecret() async throws {
        let queue = InMemoryQueue()
        #expect(try await Self.send(Self.location(#""BSSID":"0:1A:2b:3c:4d:5e""#), nil, queue).status == 200)
        #expect(queue.messages.count == 1)
    }
}
