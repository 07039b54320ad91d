import Foundation
import GRPCTestSupport
import Synchronization
import TestSupport
import Testing

/// gRPC clients that demand more than the server's limits, against a real process.
@Suite(.timeLimit(.minutes(10))) struct GRPCFloodTests {
    /// Twelve connections with hundreds of concurrent calls: large batches, open streams, and calls that the client cancels
    /// at once.
    @Test func memoryStaysBoundedAndTheServiceRecovers() async throws {
        try await withServices { services in
            let port = try #require(services.producer.grpcPort)
            #expect(try await services.createPerson("Flood") == 1)
            let ends = Mutex<[Int: [String: Int]]>([:])
            let count = { @Sendable (status: ClientCall.Status) in
                ends.withLock { $0[status.code, default: [:]][status.message, default: 0] += 1 }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await Self.sendBatches(port, count) }
                    group.addTask { try await Self.keepStreams(port, count) }
                    group.addTask { try await Self.giveUp(port, count) }
                }
                try await group.waitForAll()
            }
            let seen = ends.withLock { $0 }
            // OK, CANCELLED, RESOURCE_EXHAUSTED, and results of a closed connection: the expected outcomes of a flood. On a
            // busy machine, the client's own deadline passes before some answers.
            #expect(Set(seen.keys).isSubset(of: [0, 1, 4, 8, 13, 14]), "\(seen)")
            // INTERNAL is the client's status for a stream that was reset with its connection. The server never sends it.
            let isCutOff = (seen[13] ?? [:]).keys.allSatisfy { $0.hasPrefix("Received RST_STREAM") }
            #expect(isCutOff, "\(seen)")
            let peak = try peakMemory(of: services.producer)
            // The default of MEMORY_BOUND plus a quarter, because these processes are built without optimisation.
            #expect(peak < 320 << 10, "\(peak) KiB, \(seen)")

            let client = try CoreClient(port: port)
            try await eventually("a call is accepted again") {
                try await client.unary(Self.method("Report"), Self.locations(1, of: 1)).status.code == 0
            }
            await client.close()
            #expect(try await services.send("GET", "/readyz", to: services.producer).status == 200)
        }
    }

    private static func sendBatches(_ port: Int, _ count: @escaping @Sendable (ClientCall.Status) -> Void) async throws
    {
        let client = try CoreClient(port: port)
        // Locations of an unknown person cost the server parsing, but do not fill the queue: 300 KB each, 18 MB at once.
        let batch = locations(10_000, of: 0)
        for _ in 0..<4 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<60 {
                    group.addTask { count(try await client.unary(method("ReportBatch"), batch).status) }
                }
                try await group.waitForAll()
            }
        }
        await client.close()
    }

    private static func keepStreams(_ port: Int, _ count: @escaping @Sendable (ClientCall.Status) -> Void) async throws
    {
        let client = try CoreClient(port: port)
        var message = ProtocolBuffer()
        message.varint(1, 1)
        let opening = message.bytes + locations(500, of: 1, field: 2)
        var calls: [ClientCall] = []
        for _ in 0..<90 {
            let call = try await client.call(method("ReportStream"))
            _ = try await call.send(opening)
            calls.append(call)
        }
        for (index, call) in calls.enumerated() {
            if index.isMultiple(of: 2) { call.cancel() } else { try await call.halfClose() }
            while try await call.receive() != nil {}
            count(await call.status())
        }
        await client.close()
    }

    private static func giveUp(_ port: Int, _ count: @escaping @Sendable (ClientCall.Status) -> Void) async throws {
        let client = try CoreClient(port: port)
        for _ in 0..<20 {
            var calls: [ClientCall] = []
            for _ in 0..<100 {
                let call = try await client.call(method("ReportStream"))
                call.cancel()
                calls.append(call)
            }
            for call in calls { count(await call.status()) }
        }
        await client.close()
    }

    private static func method(_ name: String) -> String { "/udaconnect.location.v1.LocationService/\(name)" }

    private static func locations(_ count: Int, of person: Int64, field: UInt8 = 1) -> [UInt8] {
        var message = ProtocolBuffer()
        for index in 0..<count {
            var location = ProtocolBuffer()
            if person != 0 { location.varint(1, person) }
            location.double(2, 52.5)
            location.double(3, 13.4)
            location.fixed(4, 1_780_272_000_000_000 + Int64(index))
            message.message(field, location)
        }
        return message.bytes
    }

    /// The peak memory of the process, in KiB.
    private func peakMemory(of service: RunningService) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(service.processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/))
        return try #require(Int(line.1))
    }
}
