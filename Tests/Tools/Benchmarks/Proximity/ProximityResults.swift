import Foundation

/// The measurements, and the rows computed from them.
struct ProximityResults {
    /// Our index, answering with records.
    static let records = "UdaConnect, as records"
    /// The growth of the process by our index.
    static let resident = "UdaConnect, resident"
    /// The legacy system.
    static let reference = "legacy query"
    private static let ours = "UdaConnect"

    /// A measured question: peer, number of locations, time.
    struct Measurement: Encodable {
        let size: Int
        let work: String
        let peer: String
        let seconds: [Double]
        let hits: [Int]
        let note: String?
    }

    /// The time of a question with more people elsewhere.
    struct Growth: Encodable {
        let work: String
        let factor: Int
        let seconds: [Double]

        init(work: ProximityWork, factor: Int, seconds: [Double]) {
            self.work = work.name
            self.factor = factor
            self.seconds = seconds
        }
    }

    private(set) var measurements: [Measurement] = []
    /// The memory per location by size and peer, in bytes.
    var bytes: [Int: [String: Double]] = [:]
    var growth: [Growth] = []
    /// Seconds to load the index from the database.
    var loading: [Double] = []
    /// Seconds from the start of connection-service until it is ready.
    var starting: [Double] = []
    /// Seconds to copy the same columns to /dev/null.
    var copying: [Double] = []

    mutating func add(size: Int, work: ProximityWork, peer: String, _ answers: ProximityAnswers, note: String? = nil) {
        measurements.append(
            Measurement(
                size: size,
                work: work.name,
                peer: peer,
                seconds: answers.seconds,
                hits: answers.hits,
                note: note
            )
        )
    }

    /// Writes the measurements for the plot and for comparisons.
    ///
    /// - Returns: the file's path.
    /// - Throws: if the file cannot be written.
    func write() throws -> String {
        struct File: Encodable {
            let measurements: [Measurement]
            let bytes: [String: [String: Double]]
            let growth: [Growth]
            let loading: [Double]
            let starting: [Double]
            let copying: [Double]
        }
        let path = ".build/bench/proximity-measurements.json"
        let bytes = Dictionary(uniqueKeysWithValues: bytes.map { (String($0), $1) })
        let file = File(
            measurements: measurements,
            bytes: bytes,
            growth: growth,
            loading: loading,
            starting: starting,
            copying: copying
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try encoder.encode(file).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The table.
    var rows: [BenchmarkRow] {
        let sizes = Set(measurements.map(\.size)).sorted()
        return sizes.flatMap { size in ProximityWork.contacts.flatMap { contactRows($0, size) } }
            + sizes.flatMap(byteRows) + growthRows + loadingRows
    }

    /// The size at which the goals hold.
    private static let contactSize = 5_000_000
    /// The goals relative to a peer, by kind of question; 1 for other peers.
    private static let goals: [String: [String: Double]] = [
        "day60": ["PostGIS": 25, "cKDTree": 15],
        "all60": ["PostGIS": 20, "cKDTree": 20],
        "day": ["DuckDB": 50],
        "all": ["DuckDB": 25, "PostGIS": 100],
    ]

    private func find(_ work: ProximityWork, _ size: Int) -> [Measurement] {
        measurements.filter { $0.work == work.name && $0.size == size }.sorted { $0.peer < $1.peer }
    }

    private func contactRows(_ work: ProximityWork, _ size: Int) -> [BenchmarkRow] {
        let all = find(work, size)
        guard let ours = all.first(where: { $0.peer == Self.ours }) else { return [] }
        let isGoal = size == Self.contactSize
        let peers = all.filter { $0.peer != ours.peer && $0.peer != Self.records }
        var rows = peers.map { peer in
            BenchmarkRow(
                work: "\(Self.short(size)): \(work.title) (\(peer.peer))",
                ours: ours.seconds.median * 1e6,
                peer: peer.seconds.median * 1e6,
                unit: "µs",
                better: .less,
                goal: isGoal ? Self.goals[work.name]?[peer.peer] ?? 1 : 0,
                note: (["p99 \(Int(peer.seconds.quantile(0.99) * 1e6))"] + [peer.note].compactMap { $0 }).joined(
                    separator: "; "
                )
            )
        }
        let hits = Int(ours.hits.map(Double.init).median)
        rows.append(
            BenchmarkRow(
                work: "\(Self.short(size)): \(work.title) (our p99 beside p50)",
                ours: ours.seconds.quantile(0.99) * 1e6,
                peer: ours.seconds.median * 1e6,
                unit: "µs",
                better: .less,
                goal: isGoal && work.name == "day60" ? 0.5 : 0,
                note: "\(hits) hits"
            )
        )
        if let records = all.first(where: { $0.peer == Self.records }) {
            rows.append(
                BenchmarkRow(
                    work: "\(Self.short(size)): \(work.title) (our records beside counting)",
                    ours: records.seconds.median * 1e6,
                    peer: ours.seconds.median * 1e6,
                    unit: "µs",
                    better: .less,
                    goal: 0,
                    note: "measured, sorted and complete"
                )
            )
        }
        return rows
    }

    private func byteRows(_ size: Int) -> [BenchmarkRow] {
        guard let bytes = bytes[size], let ours = bytes[Self.ours] else { return [] }
        func row(_ what: String, _ peer: Double, goal: Double = 0) -> BenchmarkRow {
            BenchmarkRow(
                work: "\(Self.short(size)): memory (\(what))",
                ours: ours,
                peer: peer,
                unit: "bytes/location",
                better: .less,
                goal: goal
            )
        }
        return bytes.filter { $0.key != Self.ours }.sorted { $0.key < $1.key }.map { row($0.key, $0.value) }
            + [row("a fixed 24", 24, goal: size == Self.contactSize ? 1 : 0)]
    }

    private var growthRows: [BenchmarkRow] {
        ProximityWork.contacts.flatMap { work in
            let all = growth.filter { $0.work == work.name }.sorted { $0.factor < $1.factor }
            guard let alone = all.first else { return [BenchmarkRow]() }
            return all.dropFirst().map { crowd in
                BenchmarkRow(
                    work: "\(crowd.factor) × the locations elsewhere: \(work.title) (alone)",
                    ours: crowd.seconds.median * 1e6,
                    peer: alone.seconds.median * 1e6,
                    unit: "µs",
                    better: .less,
                    goal: crowd.factor == 50 ? 1 / 1.5 : 0
                )
            }
        }
    }

    private var loadingRows: [BenchmarkRow] {
        guard let size = measurements.map(\.size).max(), let loading = loading.min(), let starting = starting.min(),
            let copying = copying.min()
        else { return [] }
        let rows = [("index loaded and built", loading, 0.7), ("connection-service, started to ready", starting, 0)]
        return rows.map { work, seconds, goal in
            BenchmarkRow(
                work: "\(Self.short(size)): \(work) (COPY BINARY to /dev/null)",
                ours: Double(size) / seconds,
                peer: Double(size) / copying,
                unit: "locations/s",
                goal: size == Self.contactSize ? goal : 0
            )
        }
    }

    private static func short(_ size: Int) -> String {
        size >= 1_000_000 ? "\(size / 1_000_000) M" : "\(size / 1_000) k"
    }
}
