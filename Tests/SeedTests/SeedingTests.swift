import Foundation
import Geospatial
import HTTPServer
import JSON
import Models
import Observability
import Simulation
import Synchronization
import Testing

@testable import Seed

@Suite struct PhoneBuffersTests {
    @Test func holdAtMostABatchOr32LocationsForEachPhone() throws {
        let report = LocationReport(
            personID: try #require(PersonID(rawValue: 1)),
            coordinate: try Coordinate(latitude: DegreesE7(rawValue: 1), longitude: DegreesE7(rawValue: 2)),
            creationTime: SimulationConfiguration.defaultStart
        )
        var buffers = PhoneBuffers()
        for number in 0..<99 { buffers.append(report, token: number == 0 ? "b" : "a") }
        #expect(!buffers.isFull(batchSize: 100))
        buffers.append(report, token: "a")
        #expect(buffers.isFull(batchSize: 100))
        let batches = buffers.takeAll(batchSize: 60)
        #expect(batches.map(\.token) == ["a", "a", "b"])
        #expect(batches.map(\.reports.count) == [60, 39, 1])
        #expect(buffers.count == 0)
        buffers = PhoneBuffers()
        for number in 0..<320 {
            #expect(!buffers.isFull(batchSize: 100))
            buffers.append(report, token: "\(number % 10)")
        }
        #expect(buffers.isFull(batchSize: 100))
    }
}

/// Uses a small service that records its requests.
@Suite(.timeLimit(.minutes(10))) struct SeedingTests {
    @Test func registersTheEventOnce() async throws {
        try await withService { service, seeding, _ in
            let configuration = SimulationConfiguration(attendees: 5, duration: 3_600, seed: 5)
            for _ in 0..<2 {
                let report = try await seeding.run(.event(configuration, truth: nil, map: nil))
                #expect(report.event?.rawValue == 2)
            }
            let parts = ["/api/events/2/plan", "/api/events/2/programme"]
            #expect(service.stored.events.map(\.path) == ["/api/events"] + parts + ["/api/events/2"] + parts)
            let bodies = service.stored.events.map(\.body)
            #expect(bodies[0].contains("San Mateo Fair"))
            #expect(bodies[1].contains(#""kind":"booth""#))
            #expect(bodies[2].contains(#""title":"Talk 1 in Room 1""#))
            for body in bodies {
                var reader = JSONReader(Array(body.utf8))
                try reader.skipValue()
                try reader.finish()
            }
            #expect(bodies.prefix(3) == [bodies[3], bodies[4], bodies[5]])
        }
    }

    @Test func sendsAWholeEventAndWritesItsTruth() async throws {
        try await withService { service, seeding, folder in
            let configuration = SimulationConfiguration(attendees: 30, duration: 1_200, seed: 5)
            let truth = "\(folder)/truth.csv"
            let map = "\(folder)/map.json"
            let report = try await seeding.run(.event(configuration, truth: truth, map: map))

            var simulator = EventSimulator(configuration)
            var deliveries: [Delivery] = []
            var meetings: [Meeting] = []
            while try simulator.step(deliveries: &deliveries, meetings: &meetings) {}
            let stored = service.stored
            #expect(stored.persons.count == 30)
            #expect(Set(stored.persons.map(\.firstName)) == Set(simulator.attendees.map(\.firstName)))
            #expect(stored.locations.count == deliveries.count)
            #expect(
                Set(stored.locations).count
                    == Set(deliveries.map { [$0.attendee, Int($0.creationTime.microseconds)] }).count
            )
            let accuracies = deliveries.compactMap { $0.accuracy.map { Int($0.metres) } }
            #expect(stored.accuracies.compactMap(\.self).sorted() == accuracies.sorted())
            #expect(Set(accuracies).count > 2)
            #expect(report.persons == 30)
            #expect(report.locations.sent == deliveries.count)
            #expect(report.locations.accepted == deliveries.count)
            #expect(report.repeats == deliveries.count(where: \.isRepeat))
            #expect(report.isComplete)
            // Each request had at most the configured batch size.
            #expect(stored.batches.dropLast().allSatisfy { $0 <= 500 })
            #expect(stored.batches.count >= deliveries.count / 500)

            let lines = try String(contentsOfFile: truth, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == meetings.count + 1)
            #expect(report.meetings == meetings.count)
            #expect(try String(contentsOfFile: map, encoding: .utf8).contains("FeatureCollection"))
        }
    }

    @Test(arguments: [0, 5]) func sendsSecondPhonesAsDevices(refusals: Int) async throws {
        try await withService(refusals: refusals) { service, seeding, _ in
            let configuration = SimulationConfiguration(attendees: 40, duration: 900, seed: 3, traits: .all)
            let report = try await seeding.run(.event(configuration, truth: nil, map: nil))

            var simulator = EventSimulator(configuration)
            var deliveries: [Delivery] = []
            var meetings: [Meeting] = []
            while try simulator.step(deliveries: &deliveries, meetings: &meetings) {}
            let owners = Set(simulator.ownersOfTwo)
            #expect(!owners.isEmpty)
            #expect(report.phones == 2 * owners.count)
            #expect(report.locations.sent == deliveries.count)
            #expect(report.isComplete)
            #expect(report.description.contains("\(2 * owners.count) phones registered"))

            // Persons get their numbers in any order, so compare only properties that do not depend on the order.
            let stored = service.stored
            #expect(stored.phones.count == 2 * owners.count)
            #expect(Set(stored.phones.map(\.owner)).count == owners.count)
            let sent = deliveries.map { owners.contains($0.attendee) ? $0.device + 1 : 0 }
            #expect(stored.devices.sorted() == sent.sorted())
            let accuracies = deliveries.map { $0.accuracy.map { Int($0.metres) } ?? 0 }
            #expect(stored.accuracies.map { $0 ?? 0 }.sorted() == accuracies.sorted())
            let times = zip(sent, deliveries).map { [$0, Int($1.creationTime.microseconds)] }
            let storedTimes = zip(stored.devices, stored.locations).map { [$0, $1[1]] }
            #expect(Set(storedTimes) == Set(times))
            #expect(stored.batches.allSatisfy { $0 <= 500 })
        }
    }

    @Test func retriesABusyService() async throws {
        try await withService(refusals: 5) { service, seeding, _ in
            let configuration = SimulationConfiguration(attendees: 10, duration: 300, seed: 5)
            let report = try await seeding.run(.event(configuration, truth: nil, map: nil))
            #expect(report.isComplete)
            #expect(service.stored.persons.count == 10)
            #expect(service.stored.locations.count == report.locations.sent)
        }
    }

    @Test func failsIfTheServiceStaysBusy() async throws {
        try await withService(refusals: .max) { _, seeding, _ in
            let configuration = SimulationConfiguration(attendees: 3, duration: 60, seed: 5)
            let error = await #expect(throws: SeedError.self) {
                try await seeding.run(.event(configuration, truth: nil, map: nil))
            }
            #expect(error?.description.contains("answered 503") == true)
            #expect(error?.description.contains("8 attempts") == true)
        }
    }

    @Test func namesAnUnreachableAddress() async throws {
        let client = try UdaConnectClient(
            address: "http://127.0.0.1:1",
            connections: 1,
            retries: RetryPolicy(attempts: 2, firstPause: .milliseconds(1))
        )
        let seeding = Seeding(client: client, batchSize: 500, showsProgress: false)
        for source in [SeedOptions.Source.event(SimulationConfiguration(), truth: nil, map: nil), .trace([])] {
            let error = await #expect(throws: SeedError.self) { try await seeding.run(source) }
            #expect(error?.description.contains("http://127.0.0.1:1 does not answer") == true)
        }
        let error = await #expect(throws: SeedError.self) { try await client.createLocations([]) }
        #expect(error?.description.contains("2 attempts") == true)
    }

    @Test func assignsLegacyRowsToNewPersons() async throws {
        try await withService { service, seeding, folder in
            try Self.write(
                "insert into person (id, first_name, last_name, company_name) values (70, 'Zoë', 'B', 'C');",
                to: "\(folder)/b_person.sql"
            )
            try Self.write(
                """
                insert into location (id, person_id, coordinate, creation_time) values
                  (1, 70, '010100000000ADF9F197925EC0FDA19927D7C64240', '2020-08-18 10:37:06'),
                  (2, 70, '0101000000842FA75F7D874140CEEEDAEF9AA45AC0', '2020-08-18 10:37:06'),
                  (3, 71, '0101000000842FA75F7D874140CEEEDAEF9AA45AC0', '2020-08-18 10:37:06'),
                  (4, 70, '0101000000842FA75F7D874140CEEEDAEF9AA45AC0', '2020-08-18 10:37:06');
                """,
                to: "\(folder)/a_location.sql"
            )
            let report = try await seeding.run(.legacy([folder]))
            #expect(service.stored.persons.map(\.firstName) == ["Zoë"])
            #expect(service.stored.locations == Array(repeating: [0, 1_597_747_026_000_000], count: 3))
            #expect(report.exchanged == 1)
            #expect(report.repeats == 1)
            #expect(report.problems == ["line 4: person 71 is in none of the files"])
            #expect(!report.isComplete)
        }
    }

    @Test func sendsRecordedTracesAndReportsBadLinesByNumber() async throws {
        try await withService { service, seeding, folder in
            var text = "lat,lng,datetime,uid\n"
            for second in 0..<1_200 {
                text += second == 700 ? "91,0,2020-01-01 00:00:00,a\n" : ""
                text += "1.5,2.5,\(Timestamp(microseconds: Int64(second) * 1_000_000)),\(second % 3)\n"
            }
            try Self.write(text, to: "\(folder)/trace.csv")
            let report = try await seeding.run(.trace(["\(folder)/trace.csv"]))
            #expect(report.persons == 3)
            #expect(service.stored.persons.map(\.lastName) == ["0", "1", "2"])
            #expect(service.stored.locations.count == 1_200)
            #expect(report.problems == ["\(folder)/trace.csv, line 702: no valid ‘lat’"])
            #expect(!report.isComplete)
        }
    }

    @Test func importsFilesOfOnePerson() async throws {
        try await withService { service, seeding, folder in
            for name in ["a.gpx", "b.json"] { try Self.write("content of \(name)", to: "\(folder)/\(name)") }
            let report = try await seeding.run(.imports(["\(folder)/a.gpx", "\(folder)/b.json"], person: nil))
            #expect(service.stored.persons.map(\.lastName) == ["a.gpx"])
            #expect(service.stored.imports.map(\.person) == [1, 1])
            #expect(
                service.stored.imports.map(\.body) == [Array("content of a.gpx".utf8), Array("content of b.json".utf8)]
            )
            #expect(Set(service.stored.imports.map(\.id)).count == 2)
            #expect(report.locations.accepted == 4)
            #expect(report.description.contains("b.json, element 3 at byte 120: Expected a time."))
            _ = try await seeding.run(.imports(["\(folder)/a.gpx"], person: PersonID(rawValue: 9)))
            #expect(service.stored.imports.last?.person == 9)
            #expect(service.stored.persons.count == 1)
            await #expect(throws: SeedError.self) { try await seeding.run(.imports(["\(folder)/none"], person: nil)) }
        }
    }

    @Test func reportsRejectedLocations() async throws {
        try await withService { service, seeding, folder in
            try Self.write("1,2,2020-01-01 00:00:00,a\n1,2,2100-01-01 00:00:00,a\n", to: "\(folder)/trace.csv")
            let report = try await seeding.run(.trace(["\(folder)/trace.csv"]))
            #expect(service.stored.locations.count == 1)
            #expect(service.stored.accuracies == [nil])
            #expect(report.locations.sent == 2)
            #expect(report.locations.rejected == 1)
            #expect(!report.isComplete)
            #expect(report.description.contains("2 locations sent, 1 accepted, 1 rejected"))
            #expect(report.description.contains("Must not be more than 5 minutes in the future."))
        }
    }

    @Test(
        arguments: [
            (#"{"accepted":3,"rejected":0}"#, UdaConnectClient.Verdict(accepted: 3, rejected: 0)),
            (
                #"{"accepted":1,"rejected":2,"items":[{"errors":[{"detail":"a"}]},{"id":7},{"errors":[]}],"more":{}}"#,
                UdaConnectClient.Verdict(accepted: 1, rejected: 2, refusals: [#"[{"detail":"a"}]"#, "[]"])
            ),
            (#"{"accepted":1}"#, nil), (#"{"accepted":1,"rejected":0} x"#, nil), (#"{"detail":"no"}"#, nil),
            ("<html>", nil), ("", nil),
        ] as [(String, UdaConnectClient.Verdict?)]
    )
    func parsesVerdicts(body: String, expected: UdaConnectClient.Verdict?) {
        #expect(UdaConnectClient.verdict(Array(body.utf8)) == expected)
    }

    private static func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func withService(
        refusals: Int = 0,
        _ body: (StandInService, Seeding, _ folder: String) async throws -> Void
    ) async throws {
        let service = StandInService(refusals: refusals)
        var configuration = HTTPServerConfiguration()
        configuration.host = "127.0.0.1"
        let server = WebServer(
            configuration: configuration,
            router: service.router,
            logger: Logger(service: "test", level: .error),
            metrics: MetricsRegistry()
        )
        try await server.start()
        let client = try UdaConnectClient(
            address: "http://127.0.0.1:\(server.port)",
            connections: 4,
            retries: RetryPolicy(attempts: 8, firstPause: .milliseconds(1), longestPause: .milliseconds(5))
        )
        let folder = FileManager.default.temporaryDirectory.appending(path: "seeding-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let seeding = Seeding(client: client, batchSize: 500, showsProgress: false)
        let result = await Result { () async throws in try await body(service, seeding, folder) }
        await server.stop()
        try result.get()
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
