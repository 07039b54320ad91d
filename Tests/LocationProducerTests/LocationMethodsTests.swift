import Access
import GRPCServer
import GRPCTestSupport
import Geospatial
import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence
import Postgres
import Testing

@testable import LocationProducer

/// The gRPC methods over a real connection; the integration tests use official clients.
@Suite struct LocationMethodsTests {
    private static let create = "/LocationService/Create"
    private static let report = "/udaconnect.location.v1.LocationService/Report"
    private static let batch = "/udaconnect.location.v1.LocationService/ReportBatch"
    private static let stream = "/udaconnect.location.v1.LocationService/ReportStream"

    @Test func echoesLegacyMessagesAndSwapsTheirAxes() async throws {
        let queue = InMemoryQueue()
        try await withCalls(queue) { client, metrics in
            // LocationMessage(person_id=1, latitude=-122.2, longitude=37.5), by Python's protobuf.
            let sample: [UInt8] = [0x08, 0x01, 0x15, 0x66, 0x66, 0xF4, 0xC2, 0x1D, 0x00, 0x00, 0x16, 0x42]
            let outcome = try await client.unary(Self.create, sample)
            #expect(outcome.status.code == 0)
            #expect(outcome.message == sample)
            let report = try #require(queue.messages.first?.report)
            #expect(report.personID == PersonID(rawValue: 1))
            #expect(report.coordinate.latitude.rawValue == 375_000_000)
            #expect(report.coordinate.longitude.rawValue == -1_222_000_000)
            #expect(report.creationTime == noon)
            let text = String(decoding: metrics.prometheusText(), as: UTF8.self)
            #expect(text.contains("locations_exchanged_total 1"))
            #expect(text.contains("locations_accepted_total 1"))
        }
    }

    @Test func answersWithTheNumberAndPropagatesTheTrace() async throws {
        let queue = InMemoryQueue()
        try await withCalls(queue) { client, _ in
            let outcome = try await client.unary(
                Self.report,
                Message.field(1, Message.location(person: 7, latitude: 1.5, longitude: -2.25)),
                metadata: [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
            )
            #expect(outcome.status.code == 0)
            // 2³² as a varint.
            #expect(outcome.message == [8, 0x80, 0x80, 0x80, 0x80, 0x10])
            #expect(queue.trace?.traceIDText == "4bf92f3577b34da6a3ce929d0e0e4736")
            #expect(queue.messages.first?.report.coordinate.longitude.rawValue == -22_500_000)
        }
    }

    @Test(
        arguments: [
            (LocationQueueError.Code.full, RPCError.Code.resourceExhausted, "1000"),
            (.unavailable, .unavailable, "1000"), (.stopped, .unavailable, "0"),
            (.storageLow, .resourceExhausted, "60000"),
            (.corruptBlock, .internal, nil), (.offsetOutOfRange, .internal, nil),
        ] as [(LocationQueueError.Code, RPCError.Code, String?)]
    )
    func saysWhenToRetry(failure: LocationQueueError.Code, code: RPCError.Code, pushback: String?) async throws {
        let location = Message.location(person: 7, latitude: 1.5, longitude: -2.25)
        try await withCalls(InMemoryQueue(failure: LocationQueueError(failure))) { client, _ in
            for (method, field) in [(Self.report, 1), (Self.batch, 1), (Self.stream, 2)] {
                let status = try await client.unary(method, Message.field(field, location)).status
                #expect(status.code == code.rawValue)
                #expect(
                    status.trailers["grpc-retry-pushback-ms"].map { String(decoding: $0, as: UTF8.self) } == pushback
                )
            }
        }
    }

    @Test func acknowledgesStreamsByPosition() async throws {
        let queue = InMemoryQueue()
        try await withCalls(queue) { client, metrics in
            let call = try await client.call(Self.stream)
            let good = Message.field(2, Message.location(person: 7, latitude: 1, longitude: 2))
            let bad = Message.field(2, Message.location(person: 7, latitude: 91, longitude: 2))
            // position = 40, three locations; the second one is invalid.
            _ = try await call.send([8, 40] + good + bad + good)
            let answer = try #require(try await call.receive())
            #expect(answer.starts(with: [8, 42, 18]))
            #expect(String(decoding: answer, as: UTF8.self).contains("latitude"))
            _ = try await call.send(good)
            #expect(try await call.receive() == [8, 43])
            try await call.halfClose()
            #expect(try await call.receive() == nil)
            #expect(await call.status().code == 0)
            #expect(queue.messages.count == 3)
            let text = String(decoding: metrics.prometheusText(), as: UTF8.self)
            #expect(text.contains("locations_accepted_total 3"))
            #expect(text.contains("locations_rejected_total 1"))
        }
    }

    @Test(arguments: [[8, 1], [8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]] as [[UInt8]])
    func rejectsDecreasingPositions(position: [UInt8]) async throws {
        try await withCalls(InMemoryQueue()) { client, _ in
            let call = try await client.call(Self.stream)
            let good = Message.field(2, Message.location(person: 7, latitude: 1, longitude: 2))
            _ = try await call.send([8, 40] + good)
            _ = try await call.send(position + good)
            // Earlier locations are still acknowledged.
            #expect(try await call.receive() == [8, 40])
            #expect(try await call.receive() == nil)
            let status = await call.status()
            #expect(status.code == RPCError.Code.invalidArgument.rawValue)
            #expect(status.message == "position: Must be greater than the positions that were sent before.")
        }
    }

    @Test(arguments: [
        (create, [8, 7]), (report, Message.field(1, Message.location(person: 7, latitude: 1, longitude: 2))),
        (batch, Message.field(1, Message.location(person: 7, latitude: 1, longitude: 2))),
        (stream, Message.field(2, Message.location(person: 7, latitude: 1, longitude: 2))),
    ])
    func everyMethodRejectsWhileStorageIsLow(method: String, request: [UInt8]) async throws {
        let storage = StorageLevel()
        _ = storage.note(isLow: true)
        try await withCalls(InMemoryQueue(), storage: storage) { client, _ in
            let status = try await client.unary(method, request).status
            #expect(status.code == RPCError.Code.resourceExhausted.rawValue)
            #expect(status.message == "The disk is nearly full, so locations are refused for now: try again later.")
        }
    }

    @Test(arguments: [
        (create, [8, 9], "person_id"),
        (report, Message.field(1, Message.location(person: 9, latitude: 1, longitude: 2)), "location.person_id"),
    ])
    func answersNotFoundForAnUnknownPerson(method: String, request: [UInt8], field: String) async throws {
        let queue = InMemoryQueue()
        try await withCalls(queue, persons: InMemoryPersons(unknown: [9])) { client, _ in
            let status = try await client.unary(method, request).status
            #expect(status.code == RPCError.Code.notFound.rawValue)
            #expect(status.message.hasPrefix("\(field): No person has this number"))
            #expect(queue.messages.isEmpty)
        }
    }

    @Test func rejectsLocationsOfUnknownPersonsByTheirPositions() async throws {
        let queue = InMemoryQueue()
        try await withCalls(queue, persons: InMemoryPersons(unknown: [9])) { client, _ in
            let known = Message.field(2, Message.location(person: 7, latitude: 1, longitude: 2))
            let bad = Message.field(2, Message.location(person: 7, latitude: 91, longitude: 2))
            let unknown = Message.field(2, Message.location(person: 9, latitude: 1, longitude: 2))
            let call = try await client.call(Self.stream)
            _ = try await call.send([8, 40] + known + unknown + bad + unknown + known)
            try await call.halfClose()
            let answer = try #require(try await call.receive())
            // acknowledged: 44, then rejections: { position: 41 … }
            #expect(answer.prefix(2) == [8, 44])
            #expect(answer.contains(subsequence: [8, 41, 18]) && answer.contains(subsequence: [8, 43, 18]))
            #expect(String(decoding: answer, as: UTF8.self).contains("No person has this number"))
            #expect(try await call.receive() == nil)
            #expect(queue.messages.count == 2)
        }
    }

    @Test func rejectsBatchesWithoutMemory() async throws {
        let location = Message.location(person: 7, latitude: 1.5, longitude: -2.25)
        try await withCalls(InMemoryQueue(), capacity: 200) { client, _ in
            for (method, field) in [(Self.batch, 1), (Self.stream, 2)] {
                let one = Message.field(field, location)
                // Repeatedly, because each one releases its memory.
                for _ in 0..<3 {
                    #expect(try await client.unary(method, one).status.code == 0)
                    let status = try await client.unary(method, one + one).status
                    #expect(status.code == RPCError.Code.resourceExhausted.rawValue)
                    #expect(status.message == "The server is overloaded: try again shortly.")
                }
            }
        }
    }

    @Test func takesLocationsOfTheDevicesPersonOnly() async throws {
        let queue = InMemoryQueue()
        let devices = InMemoryDevices([("anna", "secret")])
        let own = Message.field(1, Message.location(person: 1, latitude: 1, longitude: 2))
        let others = Message.field(1, Message.location(person: 2, latitude: 1, longitude: 2))
        try await withCalls(queue, devices: devices, isOpen: false) { client, _ in
            let proof = [("authorization", "Bearer secret")]
            #expect(try await client.unary(Self.report, own, metadata: proof).status.code == 0)
            let foreign = try await client.unary(Self.report, others, metadata: proof).status
            #expect(foreign.code == RPCError.Code.permissionDenied.rawValue)
            for metadata in [[], [("authorization", "Bearer wrong")], [("authorization", "secret")]] {
                for method in [Self.report, Self.batch, Self.stream] {
                    let status = try await client.unary(method, own, metadata: metadata).status
                    #expect(status.code == RPCError.Code.unauthenticated.rawValue)
                }
            }
        }
        #expect(queue.messages.map(\.report.personID.rawValue) == [1])
        #expect(queue.messages.map(\.report.device) == [DeviceNumber(stored: 1)])
    }

    @Test func takesLocationsOfEachPersonByAnAPIKey() async throws {
        let (queue, keys) = (InMemoryQueue(), InMemoryKeys())
        let (key, other) = (keys.add(), keys.add(scopes: ["persons.read"]))
        try await withKeyLimits(standard: 3) { limits in
            try await withCalls(queue, keys: keys, limits: limits, isOpen: false) { client, _ in
                try await check(client, key.text, isAnswered: 0)
                try await check(client, other.text, isAnswered: RPCError.Code.permissionDenied.rawValue)
                try await check(client, "uda_live_x", isAnswered: RPCError.Code.unauthenticated.rawValue)
                // The daily limit is used up.
                try await check(client, key.text, isAnswered: RPCError.Code.resourceExhausted.rawValue)
                keys.fail(PostgresError(.connectionFailed, "The server is unreachable."))
                try await check(client, key.text, isAnswered: RPCError.Code.unavailable.rawValue)
            }
        }
        #expect(queue.messages.count == 3)
    }

    /// Reports a location of person 2 in each way, by an API key, and checks the statuses.
    private func check(_ client: CoreClient, _ key: String, isAnswered expected: Int) async throws {
        for (method, field) in [(Self.report, 1), (Self.batch, 1), (Self.stream, 2)] {
            let message = Message.field(field, Message.location(person: 2, latitude: 1, longitude: 2))
            let answer = try await client.unary(method, message, metadata: [("authorization", "Bearer \(key)")])
            #expect(answer.status.code == expected, "\(method)")
        }
    }

    /// The queue gets empty messages, and the caller numbers.
    @Test func withholdsLocationsOfAPause() async throws {
        let queue = InMemoryQueue()
        let locating = InMemoryLocating(pauses: [7: [Pause(begins: noon, ends: nil)]])
        let location = Message.location(person: 7, latitude: 1, longitude: 2)
        try await withCalls(queue, locating: locating) { client, metrics in
            let outcome = try await client.unary(Self.report, Message.field(1, location))
            #expect(outcome.status.code == 0)
            #expect(outcome.message == [8, 0x80, 0x80, 0x80, 0x80, 0x10])
            let call = try await client.call(Self.stream)
            _ = try await call.send(Message.field(2, location))
            #expect(try await call.receive() == [8, 1])
            try await call.halfClose()
            #expect(try await call.receive() == nil)
            let text = String(decoding: metrics.prometheusText(), as: UTF8.self)
            #expect(text.contains("locations_withheld_total 2"))
            #expect(text.contains("locations_accepted_total 0"))
        }
        #expect(queue.messages.map(\.isWithheld) == [true, true])
    }

    @Test func looksAtNoCredentialWhereNoneIsNeeded() async throws {
        let queue = InMemoryQueue()
        try await withCalls(queue) { client, _ in
            let location = Message.field(1, Message.location(person: 7, latitude: 1, longitude: 2))
            let metadata = [("authorization", "Basic b2Y6YXByb3h5")]
            let outcome = try await client.unary(Self.report, location, metadata: metadata)
            #expect(outcome.status.code == 0)
        }
        #expect(queue.messages.count == 1)
    }

    @Test func acceptsAnEmptyStream() async throws {
        try await withCalls(InMemoryQueue()) { client, _ in
            let call = try await client.call(Self.stream)
            _ = try await call.send([])
            try await call.halfClose()
            #expect(try await call.receive() == nil)
            #expect(await call.status().code == 0)
        }
    }

    @Test(arguments: [create, report, batch, stream])
    func rejectsMalformedMessages(method: String) async throws {
        try await withCalls(InMemoryQueue()) { client, _ in
            let status = try await client.unary(method, [0xFF, 0xFF]).status
            #expect(status.code == RPCError.Code.invalidArgument.rawValue)
        }
    }

    private func withCalls(
        _ queue: InMemoryQueue,
        persons: InMemoryPersons = .allKnown,
        storage: StorageLevel = StorageLevel(),
        devices: InMemoryDevices = InMemoryDevices(),
        keys: InMemoryKeys = InMemoryKeys(),
        limits: KeyLimits = .unused,
        locating: InMemoryLocating = InMemoryLocating(),
        isOpen: Bool = true,
        capacity: Int = 1 << 20,
        _ body: (CoreClient, MetricsRegistry) async throws -> Void
    ) async throws {
        let metrics = MetricsRegistry()
        var configuration = RPCServerConfiguration()
        configuration.host = "127.0.0.1"
        let intake = LocationIntake(
            queue: queue,
            persons: PersonDirectory(registry: persons),
            locating: locating.directory,
            storage: storage,
            metrics: metrics,
            now: { noon }
        )
        let server = RPCServer(
            configuration: configuration,
            router: LocationMethods(
                intake: intake,
                senders: LocationSenders(
                    devices: DeviceDirectory(registry: devices),
                    keys: CredentialDirectory(registry: keys),
                    limits: limits,
                    now: { noon }
                ) { _ in isOpen },
                admission: Admission(capacity: capacity, metrics: metrics),
                metrics: metrics
            ).router,
            logger: Logger(service: "test", level: .error),
            metrics: metrics
        )
        try await server.start()
        let client = try CoreClient(port: server.port)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(client, metrics))
        } catch {
            outcome = .failure(error)
        }
        await client.close()
        await server.stop()
        try outcome.get()
    }
}

/// Messages in Protocol Buffers' wire form.
enum Message {
    static func field(_ number: Int, _ message: [UInt8]) -> [UInt8] {
        [UInt8(number << 3 | 2), UInt8(message.count)] + message
    }

    /// A `Location` without a time.
    static func location(person: UInt8, latitude: Double, longitude: Double) -> [UInt8] {
        [8, person, 0x11] + bytes(latitude) + [0x19] + bytes(longitude)
    }

    private static func bytes(_ value: Double) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
    }
}

extension Sequence<UInt8> {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        let bytes = Array(self)
        return bytes.indices.contains { bytes[$0...].starts(with: subsequence) }
    }
}
