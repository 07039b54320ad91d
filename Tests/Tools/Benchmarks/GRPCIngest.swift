import GRPCTestSupport
import Geospatial
import Models
import Postgres
import TestSupport

/// Locations over gRPC until their acknowledgement, compared with the queue alone, without a server.
///
/// The client is the C core, in this process. It shares the processors with the server, whereas the queue alone has no
/// client.
struct GRPCIngest {
    /// Number of streams, and of connections for single calls.
    private static let lanes = 4
    /// Number of concurrent single calls.
    private static let callers = 256
    /// Locations in a message of a stream.
    private static let messageSize = 1_000

    let queue: QueueAlone
    let database: PostgresConfiguration

    /// Measures both alternately.
    ///
    /// - Parameters:
    ///   - rounds: the number of rounds.
    ///   - seconds: the duration of each measurement.
    /// - Returns: a row for streams, and one for single calls.
    /// - Throws: if a call fails.
    func rows(rounds: Int, seconds: Int) async throws -> [BenchmarkRow] {
        let reports = queue.reports
        let singles = reports.prefix(10_000)
        var peer: [Double] = []
        var stream: [Double] = []
        var peerSingles: [Double] = []
        var calls: [Double] = []
        for _ in 0..<rounds {
            peer.append(
                try await queue.append(reports[...], atOnce: Self.lanes, size: 10_000, seconds: seconds)
            )
            peerSingles.append(try await queue.append(singles, atOnce: Self.callers, size: 1, seconds: seconds))
            try await queue.empty()
            let producer = try await RunningService.start(.locationProducer, database: database)
            guard let port = producer.grpcPort else { throw BenchmarkFailure(description: "no gRPC port") }
            stream.append(try await streams(reports, to: port, seconds: seconds))
            calls.append(try await unary(singles, to: port, seconds: seconds))
            await producer.terminate()
        }
        return [
            BenchmarkRow(
                work: "gRPC streams, sent to acknowledged (the queue alone)",
                ours: stream.median,
                peer: peer.median,
                unit: "locations/s",
                goal: 0.6
            ),
            BenchmarkRow(
                work: "gRPC calls of one location, 256 at once (the queue alone)",
                ours: calls.median,
                peer: peerSingles.median,
                unit: "calls/s",
                goal: 0
            ),
        ]
    }

    /// Streams on separate connections.
    ///
    /// Returns locations a second, from the first message to the last acknowledgement.
    private func streams(_ reports: [LocationReport], to port: Int, seconds: Int) async throws -> Double {
        let share = reports.count / Self.lanes
        let outboxes = (0..<Self.lanes).map { lane in
            (0..<share / Self.messageSize).map { index in
                Wire.stream(
                    reports[lane * share + index * Self.messageSize..<lane * share + (index + 1) * Self.messageSize]
                )
            }
        }
        let clients = try outboxes.map { _ in try CoreClient(port: port) }
        let began = ContinuousClock.now
        let end = began + .seconds(seconds)
        let count = try await withThrowingTaskGroup { group in
            for (client, messages) in zip(clients, outboxes) {
                group.addTask { try await Self.stream(messages, until: end, over: client) }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = ContinuousClock.now - began
        for client in clients { await client.close() }
        return Double(count) / elapsed.seconds
    }

    /// Sends messages until the time is over.
    ///
    /// Returns the number of acknowledged locations.
    private static func stream(
        _ messages: [[UInt8]],
        until end: ContinuousClock.Instant,
        over client: CoreClient
    ) async throws -> Int {
        let call = try await client.call("/udaconnect.location.v1.LocationService/ReportStream", timeout: .seconds(600))
        async let sent = {
            var count = 0
            while .now < end {
                _ = try await call.send(messages[count % messages.count])
                count += 1
            }
            try await call.halfClose()
            return count * messageSize
        }()
        var acknowledged = 0
        while let answer = try await call.receive() { acknowledged = Wire.firstVarint(answer) }
        let count = try await sent
        let status = await call.status()
        guard status.code == 0, acknowledged == count else {
            throw BenchmarkFailure(description: "a stream ended with \(status.message) at \(acknowledged) of \(count)")
        }
        return count
    }

    /// Single calls.
    ///
    /// Returns calls a second.
    private func unary(_ reports: ArraySlice<LocationReport>, to port: Int, seconds: Int) async throws -> Double {
        let messages = reports.map { Wire.request($0) }
        let clients = try (0..<Self.lanes).map { _ in try CoreClient(port: port) }
        let began = ContinuousClock.now
        let end = began + .seconds(seconds)
        let count = try await withThrowingTaskGroup { group in
            for caller in 0..<Self.callers {
                let client = clients[caller % clients.count]
                group.addTask {
                    var count = 0
                    while .now < end {
                        let outcome = try await client.unary(
                            "/udaconnect.location.v1.LocationService/Report",
                            messages[(caller + count * Self.callers) % messages.count]
                        )
                        guard outcome.status.code == 0 else {
                            throw BenchmarkFailure(description: "a call ended with \(outcome.status.message)")
                        }
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = ContinuousClock.now - began
        for client in clients { await client.close() }
        return Double(count) / elapsed.seconds
    }
}

/// The client's Protocol Buffers messages.
private enum Wire {
    static func request(_ report: LocationReport) -> [UInt8] {
        field(1, location(report))
    }

    static func stream(_ reports: ArraySlice<LocationReport>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(reports.count * 36)
        for report in reports { bytes += field(2, location(report)) }
        return bytes
    }

    /// The value of a message's first field, if it is a varint.
    static func firstVarint(_ message: [UInt8]) -> Int {
        var value = 0
        for (index, byte) in message.dropFirst().enumerated() {
            value |= Int(byte & 0x7F) << (7 * index)
            if byte < 0x80 { break }
        }
        return value
    }

    private static func location(_ report: LocationReport) -> [UInt8] {
        var bytes: [UInt8] = [1 << 3]
        var rest = UInt64(report.personID.rawValue)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        append(2, report.coordinate.latitude.degrees.bitPattern, to: &bytes)
        append(3, report.coordinate.longitude.degrees.bitPattern, to: &bytes)
        append(4, UInt64(bitPattern: report.creationTime.microseconds), to: &bytes)
        return bytes
    }

    private static func append(_ number: UInt8, _ value: UInt64, to bytes: inout [UInt8]) {
        bytes.append(number << 3 | 1)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func field(_ number: UInt8, _ message: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(message.count)] + message
    }
}
