import Geospatial
import Postgres

/// PostGIS with the better of two plans for each kind of question.
final class PostGISPeer: ProximityPeer {
    /// A way to find nearby locations.
    enum Plan: String, CaseIterable {
        /// The project's B-tree on (cell, time). A nested loop looks up each cell once.
        case cells = "B-tree on (cell, time)"
        /// A GiST index on the geometry, with all of a person's locations in one statement.
        case gist = "GiST"
    }

    let name = "PostGIS"
    private let client: PostgresClient
    private let data: ProximityData
    private var plans: [ProximityWork: Plan] = [:]
    /// The chosen plan of each kind of question, and the time of the other one.
    private(set) var notes: [ProximityWork: String] = [:]

    /// Opens a database of ``PostGISServer``, and reads it into memory.
    init(_ configuration: PostgresConfiguration, _ data: ProximityData) async throws {
        var configuration = configuration
        configuration.maximumConnections = 2
        configuration.acquireTimeout = .seconds(30)
        client = PostgresClient(configuration: configuration)
        self.data = data
        try await client.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        try await client.query(
            """
            SELECT pg_prewarm(oid) FROM pg_class WHERE oid = 'location_2026_06'::regclass
                OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'location_2026_06'::regclass)
            """
        )
    }

    func close() async {
        await client.close()
    }

    func contacts(_ work: ProximityWork, of persons: [Int32]) async throws -> ProximityAnswers {
        let plan = try await plan(work, of: persons)
        return try await ProximityAnswers(persons, repeats: ProximityWork.repeats) { try await count(work, $0, plan) }
    }

    /// The seconds that the legacy system would take: for each location of a person, it scans the table.
    ///
    /// This would take hours, so the benchmark runs a few statements and extrapolates.
    func referenceSeconds(_ work: ProximityWork, of persons: [Int32]) async throws -> [Double] {
        var trails: [SpatialSQL.Trail] = []
        for person in persons { trails.append(try await trail(of: person, work)) }
        guard let trail = trails.max(by: { $0.count < $1.count }) else { return [] }
        let samples = (0..<3).map { $0 * (trail.count - 1) / 2 }
        let answers = try await ProximityAnswers(samples) { sample in
            try await client.query(
                SpatialSQL.reference(work, data, x: trail.longitudes[sample], y: trail.latitudes[sample])
            ).single(Int.self)
        }
        return trails.map { Double($0.count) * answers.seconds.median }
    }

    /// The size of the table with the project's indexes, without the GiST index.
    func bytes() async throws -> Int {
        try await client.query(
            """
            SELECT (pg_total_relation_size('location_2026_06') - pg_relation_size('location_coordinate'))::bigint
            """
        ).single(Int.self)
    }

    /// Chooses the better plan by the first few persons.
    private func plan(_ work: ProximityWork, of persons: [Int32]) async throws -> Plan {
        if let plan = plans[work] { return plan }
        var trials: [(plan: Plan, seconds: Double)] = []
        for plan in Plan.allCases {
            let few = Array(persons.prefix(3))
            let first = try await ProximityAnswers(few) { try await count(work, $0, plan) }
            let second = try await ProximityAnswers(few) { try await count(work, $0, plan) }
            trials.append((plan, second.fastest(first).seconds.median))
        }
        trials.sort { $0.seconds < $1.seconds }
        let times = trials.map { "\($0.plan.rawValue) \(Int($0.seconds * 1e6)) µs" }
        notes[work] = times.joined(separator: ", ")
        plans[work] = trials[0].plan
        return trials[0].plan
    }

    private func count(_ work: ProximityWork, _ person: Int32, _ plan: Plan) async throws -> Int {
        switch plan {
        case .gist: try await client.query(SpatialSQL.gist(work, data, of: person)).single(Int.self)
        case .cells:
            try await client.query(
                SpatialSQL.cells(work, data, of: person, trail: trail(of: person, work))
            ).single(Int.self)
        }
    }

    private func trail(of person: Int32, _ work: ProximityWork) async throws -> SpatialSQL.Trail {
        let rows = try await client.query(SpatialSQL.trail(work, data, of: person))
        return SpatialSQL.Trail(try rows.decode(PostgresTimestamp.self, Double.self, Double.self))
    }
}
