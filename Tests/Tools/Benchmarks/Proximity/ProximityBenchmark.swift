import Foundation

/// Compares our index with other ways to find who was close to whom.
///
/// All peers get the same locations (`Peers/generate_data.py`) on the same machine in the same run. They answer the same
/// questions in turn, on one core, and must find the same results. Of several rounds, the fastest counts for each person. Except
/// for our records, all peers only count. The results are in `.build/bench/proximity-measurements.json`, with a plot beside it.
enum ProximityBenchmark: Benchmark {
    static let name = "proximity"
    static let summary =
        "contacts by the index, compared with PostGIS, cKDTree, DuckDB, an R-tree, and the legacy query"

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        let sizes = isQuick ? [100_000] : [100_000, 1_000_000, 5_000_000]
        let server = try PostGISServer()
        defer { server.stop() }
        let process = try PeerProcess()
        var results = ProximityResults()
        for size in sizes {
            let data = try ProximityData(count: size)
            let stage = try await ProximityStage(data, server: server, process: process)
            try await stage.measureContacts(rounds: isQuick ? 1 : 3, into: &results)
            try await stage.measureMemory(into: &results)
            if size == sizes.last { try await stage.measureLoading(rounds: 3, into: &results) }
            await stage.close()
        }
        try await ProximityGrowth.measure(factors: isQuick ? [10] : [10, 50], into: &results)
        let path = try results.write()
        note("drawing")
        try PeerPython.run(["plot.py", path, ".build/bench/proximity.png"])
        print("measurements in \(path), a plot in .build/bench/proximity.png")
        return results.rows
    }
}

/// All peers with the same locations.
struct ProximityStage {
    let data: ProximityData
    let ours: GridIndexPeer
    let postgis: PostGISPeer
    let others: [PythonPeer]
    private let bytes: [String: Int]
    private let loading: ProximityLoading

    /// Loads the locations into all peers.
    init(_ data: ProximityData, server: PostGISServer, process: PeerProcess) async throws {
        self.data = data
        note("\(data.count) locations: building the index")
        ours = try GridIndexPeer(data, builds: 5)
        note("\(data.count) locations: loading the peers")
        let loaded = try PythonPeer.load(data, into: process)
        others = loaded.peers
        bytes = loaded.bytes
        for (peer, reason) in loaded.missing { note("\(peer) is unavailable: \(reason)") }
        let database = try await server.database(of: data)
        postgis = try await PostGISPeer(database, data)
        loading = ProximityLoading(database: database, count: data.count)
    }

    func close() async {
        await postgis.close()
    }

    /// Measures each person's contacts with all peers in turn.
    func measureContacts(rounds: Int, into results: inout ProximityResults) async throws {
        let persons = data.measured
        for work in ProximityWork.contacts {
            note("\(data.count) locations: \(work.title)")
            var fastest: [String: ProximityAnswers] = [:]
            var records: ProximityAnswers?
            let began = ContinuousClock.now
            for round in 0..<rounds {
                // If a round takes more than a minute, one round is enough.
                if round > 0, ContinuousClock.now - began > .seconds(60) { break }
                for peer in [ours as any ProximityPeer] + others + [postgis] {
                    fastest[peer.name] = try await peer.contacts(work, of: persons).fastest(fastest[peer.name])
                }
                records = try await ours.records(work, of: persons).fastest(records)
            }
            guard let exact = fastest[ours.name], let records else { continue }
            try await check(fastest, against: exact, work)
            for (peer, answers) in fastest {
                results.add(
                    size: data.count,
                    work: work,
                    peer: peer,
                    answers,
                    note: peer == postgis.name ? postgis.notes[work] : nil
                )
            }
            results.add(size: data.count, work: work, peer: ProximityResults.records, records)
            if work.within == nil {
                results.add(
                    size: data.count,
                    work: work,
                    peer: ProximityResults.reference,
                    ProximityAnswers(seconds: try await postgis.referenceSeconds(work, of: persons), hits: []),
                    note: "extrapolated from three statements"
                )
            }
        }
    }

    /// Measures the memory per location of all peers.
    func measureMemory(into results: inout ProximityResults) async throws {
        let count = Double(data.count)
        results.bytes[data.count] = bytes.mapValues { Double($0) / count }
        results.bytes[data.count]?[ours.name] = Double(ours.byteCount) / count
        results.bytes[data.count]?[ProximityResults.resident] = Double(ours.residentBytes) / count
        results.bytes[data.count]?[postgis.name] = Double(try await postgis.bytes()) / count
    }

    /// Measures loading the index from the database, and copying the same columns to /dev/null.
    func measureLoading(rounds: Int, into results: inout ProximityResults) async throws {
        note("\(data.count) locations: loading a snapshot")
        for _ in 0..<rounds {
            let start = try await loading.index()
            results.loading.append(start.loading)
            results.starting.append(start.total)
            results.copying.append(try loading.copy())
        }
    }

    /// Maximum error of the peers' planar distance at the radius, in metres.
    private static let tolerance = 10e-6

    /// Checks that all peers find our results.
    ///
    /// Planar peers may differ by pairs within ``tolerance`` of the radius.
    private func check(
        _ all: [String: ProximityAnswers],
        against exact: ProximityAnswers,
        _ work: ProximityWork
    ) async throws {
        let persons = data.measured
        let least = try await ours.contacts(work, of: persons, radius: ProximityWork.radius - Self.tolerance)
        let most = try await ours.contacts(work, of: persons, radius: ProximityWork.radius + Self.tolerance)
        for (peer, answers) in all {
            for index in persons.indices {
                try Self.compare(
                    peer,
                    answers.hits[index],
                    exact.hits[index],
                    (least.hits[index], most.hits[index]),
                    isExact: peer == postgis.name,
                    work
                )
            }
        }
    }

    private static func compare(
        _ peer: String,
        _ found: Int,
        _ exact: Int,
        _ range: (least: Int, most: Int),
        isExact: Bool,
        _ work: ProximityWork
    ) throws {
        guard found != exact else { return }
        guard !isExact, (range.least...range.most).contains(found) else {
            throw BenchmarkFailure(description: "\(work.title): \(peer) found \(found), but we \(exact).")
        }
        note(
            "\(work.title): \(peer) found \(found), we \(exact): pairs within 10 µm of the radius, where it errs"
        )
    }
}
