import Geospatial
import Models
import Persistence
import Postgres
import Proximity
import Simulation
import Testing

/// Compares contacts found by grid cells with plain `ST_DWithin(geography)` over all pairs.
@Suite(.timeLimit(.minutes(10))) struct ContactDifferentialTests {
    private static let places: [(latitude: Int32, longitude: Int32)] = [
        (480_000_000, 20_000_000), (0, 1_800_000_000), (-335_000_000, -1_800_000_000), (900_000_000, 0),
        (-900_000_000, 900_000_000), (599_999_999, 0), (0, 0), (848_000_000, 1_799_999_000),
    ]

    private let spreads: [Double] = [0, 20, 1_000, 20_000]

    @Test func matchesPostGISForEveryPair() async throws {
        try await withMigratedDatabase { client in
            var generator = Xoshiro256(seed: 32)
            try await PersonStore(client: client).createPersons(6)
            let sink = LocationSink(client: client)
            var next: Int64 = 0
            for place in Self.places {
                let base = next
                // Within some twenty metres, a kilometre, or twenty kilometres of the place.
                let batch = try (0..<100 as Range<Int64>).map { index in
                    let spread = spreads[Int(index) % 4]
                    return try location(
                        base + index,
                        person: Int32(index % 6 + 1),
                        second: base + index,
                        at: scattered(round: place, by: spread, using: &generator)
                    )
                }
                _ = try await sink.store(batch, from: base, to: base + 100)
                next += 100
            }
            let store = LocationStore(client: client)
            var radii: [Double] = [0, 0.02, 5, 12.5, 100, 2_000, 10_000]
            // Radii that equal the distance of a pair, as PostGIS computes it.
            radii += try await client.query(
                """
                SELECT ST_Distance(a.coordinate::geography, b.coordinate::geography) FROM location a, location b
                WHERE a.person_id = 1 AND b.person_id = 2 AND a.id % 3 = 0 AND b.id % 5 = 0
                    AND ST_DWithin(a.coordinate::geography, b.coordinate::geography, 10000)
                ORDER BY md5(a.id::text || ' ' || b.id::text) LIMIT 5
                """
            ).column(Double.self)
            #expect(radii.count == 12)
            var hits = 0
            for radius in radii {
                for number in 1...2 as ClosedRange<Int32> {
                    let own = try person(number)
                    let expected = Set(
                        try await client.query(
                            """
                            SELECT DISTINCT other.id FROM location own, location other
                            WHERE own.person_id = \(own) AND other.person_id <> \(own)
                                AND ST_DWithin(own.coordinate::geography, other.coordinate::geography, \(radius))
                            """
                        ).column(LocationID.self)
                    )
                    let found = try await contacts(of: own, within: radius, in: store)
                    #expect(found.count == Set(found).count)
                    #expect(Set(found) == expected, "radius \(radius), person \(number)")
                    hits += expected.count
                }
            }
            #expect(hits > 1_000)
        }
    }

    @Test func computesTheDistancesOfPostGIS() async throws {
        try await withMigratedDatabase { client in
            var generator = Xoshiro256(seed: 77)
            for place in Self.places {
                var from: [Coordinate] = []
                var to: [Coordinate] = []
                for index in 0..<500 {
                    let spread = [0.05, 5, 300, 10_000, 5_000_000][index % 5]
                    let (first, second) = (
                        scattered(round: place, by: spread, using: &generator),
                        scattered(round: place, by: spread, using: &generator)
                    )
                    from.append(try coordinate(first.latitude, first.longitude))
                    to.append(try coordinate(second.latitude, second.longitude))
                }
                let verdicts = try await client.query(
                    """
                    SELECT bool_and(ST_DWithin(a, b, d)), count(*) FROM (
                        SELECT ST_SetSRID(ST_Point(ax, ay), 4326)::geography AS a,
                            ST_SetSRID(ST_Point(bx, by), 4326)::geography AS b, d
                        FROM unnest(
                            \(from.map(\.longitude.degrees)), \(from.map(\.latitude.degrees)),
                            \(to.map(\.longitude.degrees)), \(to.map(\.latitude.degrees)),
                            \(zip(from, to).map { Geodesic.distance(from: $0, to: $1) })
                        ) AS pair (ax, ay, bx, by, d)
                    ) pair
                    """
                ).single(Bool.self, Int.self)
                // The computed distance is within itself; the next smaller double is not, where the two differ.
                #expect(verdicts == (true, 500), "\(place)")
                let nearer = try await client.query(
                    """
                    SELECT bool_or(ST_DWithin(a, b, d)) FROM (
                        SELECT ST_SetSRID(ST_Point(ax, ay), 4326)::geography AS a,
                            ST_SetSRID(ST_Point(bx, by), 4326)::geography AS b, d
                        FROM unnest(
                            \(from.map(\.longitude.degrees)), \(from.map(\.latitude.degrees)),
                            \(to.map(\.longitude.degrees)), \(to.map(\.latitude.degrees)),
                            \(zip(from, to).map { Geodesic.distance(from: $0, to: $1).nextDown })
                        ) AS pair (ax, ay, bx, by, d)
                    ) pair WHERE d > 0
                    """
                ).single(Bool.self)
                #expect(!nearer, "\(place)")
            }
        }
    }

    /// Finds contacts as connection-service does for days before the index.
    private func contacts(
        of person: PersonID,
        within radius: Double,
        in store: LocationStore
    ) async throws -> [LocationID] {
        let window = try #require(always)
        return try await store.withSnapshot { snapshot in
            var locations: [Location] = []
            try await snapshot.forEachPage(ofTrailOf: person, in: window) { locations += $0 }
            let cells = SurroundingCells(round: locations.lazy.map(\.report.coordinate), radius: radius)
            try await snapshot.forEachPage(in: cells.runs, during: window, excluding: person) { locations += $0 }
            let index = GridIndex().extended(by: locations)
            return try index.contacts(of: person, in: window, radius: try #require(Radius(metres: radius))).map(
                \.location.id
            )
        }
    }

    /// A place within about `metres`, also across a pole or the antimeridian.
    private func scattered(
        round place: (latitude: Int32, longitude: Int32),
        by metres: Double,
        using generator: inout Xoshiro256
    ) -> (latitude: Int32, longitude: Int32) {
        let steps = metres / 0.0111
        var latitude = Int64(place.latitude) + Int64(Double.random(in: -steps...steps, using: &generator))
        var longitude = Int64(place.longitude)
        if abs(latitude) > 900_000_000 {
            latitude = (latitude > 0 ? 1_800_000_000 : -1_800_000_000) - latitude
            longitude += 1_800_000_000
        }
        let isPolar = abs(latitude) > 899_000_000 && metres > 0
        longitude += Int64(
            isPolar
                ? .random(in: -1.8e9...1.8e9, using: &generator) : .random(in: -steps...steps, using: &generator) * 1.5
        )
        longitude = (longitude + 5_400_000_000) % 3_600_000_000 - 1_800_000_000
        return (Int32(latitude), Int32(longitude))
    }
}
