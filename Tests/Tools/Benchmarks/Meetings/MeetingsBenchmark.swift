import Foundation

/// Compares our meetings with the truth, and with the results of other programs on the same fixes.
///
/// All programs get the same fixes in the same run. The figures are written to `.build/bench/meetings-measurements.json`, and
/// two plots beside it.
enum MeetingsBenchmark: Benchmark {
    static let name = "meetings"
    static let summary = "meetings compared with the truth, MEOS, trackintel, movingpandas and two simple rules"

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        let sets = isQuick ? [Self.ward(0.5...2)] : Self.sets
        let sweeps = isQuick ? [] : Self.sweeps
        for data in sets + sweeps {
            let folder = try data.folder()
            note("\(data.name): finding meetings")
            try await MeetingsWork(data).write(to: folder)
        }
        let path = ".build/bench/meetings-measurements.json"
        try MeetingsPython.run(
            ["measure.py", path, isQuick ? "quick" : "full"] + arguments(sets) + ["--"] + arguments(sweeps)
        )
        let results = try JSONDecoder().decode(
            [MeetingsResult].self,
            from: Data(contentsOf: URL(fileURLWithPath: path))
        )
        if !isQuick { try MeetingsPython.run(["plot.py", path, ".build/bench/meetings"]) }
        var rows = sets.flatMap { data in goals(data).compactMap { $0.row(of: data.name, results) } }
        rows += try await speed()
        return rows
    }

    private static func ward(_ deviations: ClosedRange<Double>, interval: Int = 0) -> MeetingsData {
        let phones = "\(deviations.lowerBound)-\(deviations.upperBound)m" + (interval > 0 ? "-\(interval)s" : "")
        return MeetingsData(
            name: "ward-\(phones)",
            source: .contacts("hospital", day: 1, deviations: deviations, interval: interval)
        )
    }

    private static let event = MeetingsData(name: "event", source: .event(attendees: 200, hours: 6, seed: 11))

    /// Phones whose errors are too large to be sure of a meeting within 2 m.
    private static let coarse = ward(1.5...5)

    private static let sets = [
        event, ward(0.5...2), coarse,
        MeetingsData(
            name: "high-school-0.5-2m",
            source: .contacts("high school", day: 0, deviations: 0.5...2, interval: 0)
        ),
        MeetingsData(
            name: "primary-school-0.5-2m",
            source: .contacts("primary school", day: 0, deviations: 0.5...2, interval: 0)
        ),
    ]

    private static let sweeps =
        [0.5, 1, 2, 5].map { ward($0...$0) } + [5, 30, 120, 600].map { ward(0.5...2, interval: $0) }

    private static func arguments(_ sets: [MeetingsData]) -> [String] {
        sets.map { ".build/bench/meetings/\($0.name):\($0.radius)" }
    }

    /// Our goals for the event and the ward.
    ///
    /// In each figure, we must also beat the simple segmentation.
    private static func goals(_ data: MeetingsData) -> [MeetingsGoal] {
        let least: (Double, Double, Double) =
            switch data.name {
            case "event": (0.72, 0.76, 0.65)
            case "ward-0.5-2.0m": (0.72, 0.90, 0.72)
            case "ward-1.5-5.0m": (0.33, 0.63, 0.45)
            default: (0, 0, 0)
            }
        var goals = [
            MeetingsGoal(figure: "time F1", least: least.0), MeetingsGoal(figure: "average precision", least: least.1),
            MeetingsGoal(figure: "of ten", least: least.2), MeetingsGoal(figure: "calibration error", most: 0.05),
        ]
        if data.name != coarse.name {
            goals.append(MeetingsGoal(figure: "time precision by default", least: 0.7, isAlone: true))
        }
        return goals
    }

    private static func speed() async throws -> [BenchmarkRow] {
        let data = MeetingsData(name: "large-event", source: .event(attendees: 500, hours: 8, seed: 7))
        let work = try MeetingsWork(data)
        note("\(data.name): all meetings on one core and on two")
        var (one, two): ([MeetingsWork.Cost], [MeetingsWork.Cost]) = ([], [])
        for _ in 0..<3 {
            one.append(try await work.measure(workers: 1))
            two.append(try await work.measure(workers: 2))
        }
        guard let alone = one.min(by: { $0.seconds < $1.seconds }), let shared = two.map(\.seconds).min() else {
            return []
        }
        let persons = try await work.secondsPerPerson()
        let size = "\(alone.locations) locations, \(alone.records) meetings"
        return [
            BenchmarkRow(
                work: "all meetings, one core; the goal beside it",
                ours: alone.seconds,
                peer: 2.5,
                unit: "s",
                better: .less,
                goal: 1,
                note: size
            ),
            BenchmarkRow(
                work: "two cores beside one",
                ours: 1 / shared,
                peer: 1 / alone.seconds,
                unit: "1/s",
                goal: 1.8
            ),
            BenchmarkRow(
                work: "memory besides; the goal beside it",
                ours: Double(one[0].bytes) / 1e6,
                peer: 100,
                unit: "MB",
                better: .less,
                goal: 1
            ),
            BenchmarkRow(
                work: "one person's people and meetings, median",
                ours: persons.median * 1e3,
                peer: 5,
                unit: "ms",
                better: .less,
                goal: 1
            ),
            BenchmarkRow(
                work: "one person's people and meetings, 99th percentile",
                ours: persons.quantile(0.99) * 1e3,
                peer: 20,
                unit: "ms",
                better: .less,
                goal: 1
            ),
        ]
    }
}
