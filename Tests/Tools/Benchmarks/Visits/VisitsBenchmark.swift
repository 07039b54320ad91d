import Geospatial
import Models
import Simulation
import Venue

/// Which zones attendees visited: our visits beside the simulator's truth, and how fast a place finds its zones.
enum VisitsBenchmark: Benchmark {
    static let name = "visits"
    static let summary = "who visited which zone, beside the truth, and zones of places beside PostGIS"

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        var rows: [BenchmarkRow] = []
        let (attendees, hours) = isQuick ? (100, 3) : (200, 6)
        for deviations in [0.5...2, SimulationConfiguration.defaultPhoneDeviations] {
            note("simulating an event with errors of \(deviations.lowerBound) to \(deviations.upperBound) m")
            let data = try VisitsData(
                SimulationConfiguration(
                    attendees: attendees,
                    duration: hours * 3_600,
                    seed: 11,
                    phoneDeviations: deviations
                ),
                rule: VisitRule()
            )
            rows += try accuracy(data, deviations)
        }
        rows.append(try speed(isQuick: isQuick))
        note("finding zones of places")
        return rows + (try await ZoneLookup(isQuick: isQuick).rows())
    }

    private static func accuracy(_ data: VisitsData, _ deviations: ClosedRange<Double>) throws -> [BenchmarkRow] {
        let finder = VisitFinder(try VenuePlan(data.zones))
        var scores: [Zone.Kind: VisitsScore] = [:]
        for (person, segments) in data.segments() {
            let found = finder.visits(of: segments)
            let truth = data.truth[person] ?? []
            for (zone, description) in data.zones.enumerated() {
                let own = found.filter { $0.zone == zone }.map { $0.start..<$0.end }
                let actual = truth.filter { $0.zone == zone }.map { $0.start..<$0.end }
                scores[description.kind, default: VisitsScore()].add(found: own, truth: actual)
            }
        }
        let isExact = deviations.upperBound <= 2
        return [(Zone.Kind.hall, 0.9), (.room, 0.9), (.other, 0.9), (.booth, 0.7)].compactMap { kind, goal in
            scores[kind].map { score in
                BenchmarkRow(
                    work:
                        "\(kind.rawValue), σ \(deviations.lowerBound)–\(deviations.upperBound) m: F1 of time; the goal beside it",
                    ours: score.timeF1,
                    peer: goal,
                    unit: "",
                    goal: isExact ? 1 : 0,
                    note: score.summary
                )
            }
        }
    }

    private static func speed(isQuick: Bool) throws -> BenchmarkRow {
        let data = try VisitsData(
            SimulationConfiguration(attendees: isQuick ? 100 : 500, duration: (isQuick ? 3 : 8) * 3_600, seed: 7),
            rule: VisitRule()
        )
        let segments = data.segments()
        let finder = VisitFinder(try VenuePlan(data.zones))
        var (seconds, count): ([Double], Int) = ([], 0)
        for _ in 0..<3 {
            let start = ContinuousClock.now
            count = segments.reduce(0) { $0 + finder.visits(of: $1.segments).count }
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        return BenchmarkRow(
            work: "all visits, one core; the goal beside it",
            ours: seconds.min() ?? 0,
            peer: 1,
            unit: "s",
            better: .less,
            goal: 1,
            note: "\(data.trails.values.reduce(0) { $0 + $1.count }) locations, \(count) visits"
        )
    }
}

/// How well found visits agree with true ones.
struct VisitsScore {
    private var common: Int64 = 0
    private var found: Int64 = 0
    private var truth: Int64 = 0
    private var (matched, foundCount, truthCount) = (0, 0, 0)

    /// Adds the visits of one person in one zone; neither the found nor the true ones overlap each other.
    mutating func add(found: [Range<Int64>], truth: [Range<Int64>]) {
        self.found += found.reduce(0) { $0 + Int64($1.count) }
        self.truth += truth.reduce(0) { $0 + Int64($1.count) }
        foundCount += found.count
        truthCount += truth.count
        for visit in truth {
            let overlaps = found.map { $0.clamped(to: visit) }
            common += overlaps.reduce(0) { $0 + Int64($1.count) }
            // A true visit is found if a found one shares more than half of both together.
            if zip(found, overlaps).contains(where: { own, overlap in
                let union = visit.count + own.count - overlap.count
                return 2 * overlap.count > union
            }) {
                matched += 1
            }
        }
    }

    private static func harmonicMean(_ common: Double, _ one: Double, _ other: Double) -> Double {
        one + other > 0 ? 2 * common / (one + other) : 0
    }

    /// F1 of the time in zones.
    var timeF1: Double { Self.harmonicMean(Double(common), Double(found), Double(truth)) }

    /// F1 of the visits, and the precision and recall of the time.
    var summary: String {
        func hundredths(_ value: Double) -> String { String(Double(Int((value * 100).rounded())) / 100) }
        let visits = Self.harmonicMean(Double(matched), Double(foundCount), Double(truthCount))
        let (precision, recall) = (Double(common) / Double(max(found, 1)), Double(common) / Double(max(truth, 1)))
        return
            "precision \(hundredths(precision)), recall \(hundredths(recall)), F1 of \(truthCount) visits \(hundredths(visits))"
    }
}
