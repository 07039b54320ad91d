import Geospatial
import Models
import Postgres
import Simulation
import TestSupport
import Venue

/// Finds the zones of places among 10,000 zones, beside PostGIS with a GiST index on the same zones.
struct ZoneLookup {
    private static let directory = ".build/bench/postgres-zones"
    private static let (columns, boothsPerHall) = (10, 99)

    private let zones: [Zone]
    private let places: [Coordinate]

    /// Lays out a hundred halls with 99 booths each, and chooses places in them.
    init(isQuick: Bool) throws {
        var zones: [Zone] = []
        var generator = Xoshiro256(seed: 17)
        func add(_ floor: Rectangle, _ kind: Zone.Kind, in parent: ZoneID? = nil) throws -> ZoneID {
            let ring = try (floor.corners + [floor.origin]).map { try Site.coordinate(of: $0) }
            let id = ZoneID(stored: Int32(zones.count + 1))
            zones.append(
                Zone(id: id, code: "\(id)", name: "\(id)", kind: kind, parent: parent, area: ZoneArea([[ring]]))
            )
            return id
        }
        for hall in 0..<Self.columns * Self.columns {
            let corner = Point(Double(hall % Self.columns) * 70, Double(hall / Self.columns) * 60)
            let id = try add(Rectangle(origin: corner, width: 60, depth: 50), .hall)
            for booth in 0..<Self.boothsPerHall {
                let place = Point(corner.x + 2 + Double(booth % 11) * 5, corner.y + 2 + Double(booth / 11) * 5)
                _ = try add(Rectangle(origin: place, width: 3, depth: 3), .booth, in: id)
            }
        }
        self.zones = zones
        places = try (0..<(isQuick ? 2_000 : 20_000)).map { _ in
            try Site.coordinate(of: Point(generator.uniform(0...700), generator.uniform(0...600)))
        }
    }

    /// The rows of single places, and of all places in one statement.
    func rows() async throws -> [BenchmarkRow] {
        let reader = VenueReader(try VenuePlan(zones))
        let clock = ContinuousClock()
        var (micros, found): ([Double], Int) = ([], 0)
        for place in places + places {
            let start = clock.now
            let count = reader.zones(at: place).count
            micros.append((clock.now - start) / .microseconds(1))
            found += count
        }
        // The first round fills the caches.
        micros.removeFirst(places.count)
        let peer = try await postGIS()
        guard 2 * peer.found == found else {
            throw BenchmarkFailure(description: "PostGIS finds \(peer.found) zones, and we find \(found / 2)")
        }
        let note = "\(zones.count) zones, \(places.count) places, \(peer.found) found"
        let median = "median \(rounded(micros.median)) µs, PostGIS \(rounded(peer.micros.median)) µs"
        return [
            BenchmarkRow(
                work: "zones of a place, p99, one core; PostGIS: a prepared statement",
                ours: micros.quantile(0.99),
                peer: peer.micros.quantile(0.99),
                unit: "µs",
                better: .less,
                goal: 20,
                note: "\(note), \(median)"
            ),
            BenchmarkRow(
                work: "zones of a place, p99, one core; the goal beside it",
                ours: micros.quantile(0.99),
                peer: 20,
                unit: "µs",
                better: .less,
                goal: 1
            ),
            BenchmarkRow(
                work: "zones of a place, mean; PostGIS: all places in one statement",
                ours: micros.reduce(0, +) / Double(micros.count),
                peer: peer.bulk,
                unit: "µs",
                better: .less,
                goal: 0,
                note: "without the way to the server"
            ),
        ]
    }

    private func rounded(_ micros: Double) -> Double { (micros * 10).rounded() / 10 }

    /// The time for each place, the mean time of all places in one statement, and the number of found zones.
    private func postGIS() async throws -> (micros: [Double], bulk: Double, found: Int) {
        _ = try TestCluster.run("start", Self.directory, "--fast", "--config", "jit=off")
        defer { _ = try? TestCluster.run("stop", Self.directory) }
        var configuration = try TestCluster.configuration(ofClusterIn: Self.directory)
        configuration.maximumConnections = 1
        let client = PostgresClient(configuration: configuration)
        try await fill(client)
        let clock = ContinuousClock()
        var (micros, found): ([Double], Int) = ([], 0)
        for round in 0..<2 {
            found = 0
            micros.removeAll()
            for place in places.prefix(round == 0 ? 1_000 : .max) {
                let (x, y) = (place.longitude.degrees, place.latitude.degrees)
                let start = clock.now
                let rows = try await client.query(
                    "SELECT id FROM zone WHERE ST_Contains(area, ST_SetSRID(ST_Point(\(x), \(y)), 4326))"
                )
                micros.append((clock.now - start) / .microseconds(1))
                found += rows.count
            }
        }
        let start = clock.now
        let bulk = try await client.query(
            """
            SELECT count(*) FROM unnest(\(places.map(\.longitude.degrees)), \(places.map(\.latitude.degrees))) AS p (x, y)
            JOIN zone ON ST_Contains(area, ST_SetSRID(ST_Point(x, y), 4326))
            """
        ).single(Int.self)
        let mean = (clock.now - start) / .microseconds(1) / Double(places.count)
        await client.close()
        guard bulk == found else { throw BenchmarkFailure(description: "PostGIS finds \(bulk) and \(found) zones") }
        return (micros, mean, found)
    }

    private func fill(_ client: PostgresClient) async throws {
        try await client.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        try await client.execute("DROP TABLE IF EXISTS zone")
        try await client.execute("CREATE TABLE zone (id integer PRIMARY KEY, area geometry(Polygon, 4326) NOT NULL)")
        let areas = zones.map { zone in
            let corners = (zone.area.polygons.first?.first ?? []).map { "\($0.longitude) \($0.latitude)" }
            return "SRID=4326;POLYGON((\(corners.joined(separator: ","))))"
        }
        try await client.execute(
            """
            INSERT INTO zone SELECT id, area::geometry FROM unnest(\(zones.map(\.id.rawValue)), \(areas)) AS n (id, area)
            """
        )
        try await client.execute("CREATE INDEX ON zone USING gist (area)")
        try await client.execute("VACUUM (ANALYZE, FREEZE) zone")
    }
}
