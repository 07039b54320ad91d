import Credentials
import Foundation
import Models
import Observability
import Persistence
import Postgres
import TestSupport

/// The location histories of persons, and phones' batches, beside REST batches of lines over as many connections.
///
/// All are measured up to their acknowledgement, in turns, each by a process of its own.
enum ImportBenchmark: Benchmark {
    static let name = "import"
    static let summary = "locations a second: a Takeout of 100 MB, and batches of phones, beside batches over REST"

    private static let persons = 1_250
    /// `MEMORY_BOUND` by default, in MB.
    private static let memoryBound = Double(256 << 20) / 1e6

    /// The numbers of uploads at once; the second one is what one client may have in progress by default.
    private static let lanes = [1, 2]

    private struct Figures {
        /// For each number of ``lanes``.
        var lines: [[Double]] = lanes.map { _ in [] }
        /// For each number of ``lanes``.
        var imports: [[Double]] = lanes.map { _ in [] }
        var overland: [Double] = []
        var ownTracks: [Double] = []
        var memory = 0.0
    }

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        let cluster = try DurableCluster()
        defer { cluster.stop() }
        let client = PostgresClient(configuration: cluster.configuration)
        try await Migrator(client: client, logger: Logger(service: "bench", level: .warning)).migrate()
        let stage = IngestStage(client: client, database: cluster.configuration)
        try await stage.createPersons(persons)
        let queue = try QueueAlone(client: client, count: 10_000, persons: persons)
        let scratch = try ScratchFolder()
        let takeout = try Takeout(bytes: isQuick ? 20_000_000 : 100_000_000, in: scratch)
        let phones = PhoneIngest(scratch: scratch)
        try await phones.register(in: DeviceStore(client: client))
        let lines = try scratch.write(
            "lines.lua",
            PhoneIngest.script(
                queue.reports.map(RESTIngest.json).joined(separator: "\n"),
                headers: ["Content-Type": "application/x-ndjson"]
            )
        )
        var figures = Figures()
        let seconds = isQuick ? 2 : 5
        for round in 0..<(isQuick ? 1 : 5) {
            try await queue.empty()
            let producer = try await RunningService.start(.locationProducer, database: cluster.configuration)
            for (index, count) in lanes.enumerated() {
                let requests = try await LoadGenerator(connections: count)
                    .load(port: producer.port, path: "/api/locations/batch", script: lines, seconds: seconds)
                figures.lines[index].append(requests * 10_000)
            }
            figures.overland.append(try await phones.overland(port: producer.port, seconds: seconds))
            figures.ownTracks.append(try await phones.ownTracks(port: producer.port, seconds: seconds))
            await producer.terminate()
            try await queue.empty()
            let importer = try await RunningService.start(.locationProducer, database: cluster.configuration)
            for (index, count) in lanes.enumerated() {
                figures.imports[index].append(try await takeout.send(to: importer, count, from: 10 * round + 2 * index))
            }
            figures.memory = max(figures.memory, try peakMemory(of: importer.processID))
            await importer.terminate()
        }
        await client.close()
        return rows(figures, note: "\(takeout.size / 1_000_000) MB, \(takeout.folded.count / 1_000_000) MB as gzip")
    }

    private static func rows(_ figures: Figures, note: String) -> [BenchmarkRow] {
        let lines = figures.lines.map(\.median)
        let imports = zip(lanes, zip(figures.imports, lines)).map { count, rates in
            BenchmarkRow(
                work: "\(count) at once, imports of Records.json, gzip (REST batches of 10,000 lines)",
                ours: rates.0.median,
                peer: rates.1,
                unit: "locations/s",
                goal: 0.5,
                note: note
            )
        }
        return imports + [
            BenchmarkRow(
                work: "most memory of the process that imports (MEMORY_BOUND)",
                ours: figures.memory,
                peer: memoryBound,
                unit: "MB",
                better: .less,
                goal: 1
            ),
            BenchmarkRow(
                work: "Overland batches of 1,000, 4 connections (REST batches, 2 connections)",
                ours: figures.overland.median,
                peer: lines[1],
                unit: "locations/s",
                goal: 0
            ),
            BenchmarkRow(
                work: "OwnTracks, one location a request, 256 connections (REST batches, 2 connections)",
                ours: figures.ownTracks.median,
                peer: lines[1],
                unit: "locations/s",
                goal: 0
            ),
        ]
    }

    /// The most memory that a process has had, in MB.
    private static func peakMemory(of process: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
        else { throw BenchmarkFailure(description: "the kernel does not tell the process's memory") }
        return kilobytes * 1_024 / 1e6
    }
}
