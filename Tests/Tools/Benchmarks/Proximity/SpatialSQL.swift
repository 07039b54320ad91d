import Geospatial
import Models
import Postgres

/// The statements for PostGIS, optimised as far as possible.
///
/// `ST_DWithin` on geography takes microseconds. A comparison of numbers first excludes locations that are surely too far.
enum SpatialSQL {
    /// A person's locations, as columns.
    struct Trail {
        var times: [PostgresTimestamp] = []
        var longitudes: [Double] = []
        var latitudes: [Double] = []
        var count: Int { times.count }

        init(_ rows: [(PostgresTimestamp, Double, Double)]) {
            for (time, longitude, latitude) in rows {
                times.append(time)
                longitudes.append(longitude)
                latitudes.append(latitude)
            }
        }
    }

    static func trail(_ work: ProximityWork, _ data: ProximityData, of person: Int32) -> PostgresQuery {
        let (start, end) = bounds(work, data)
        return """
            SELECT creation_time, ST_X(coordinate), ST_Y(coordinate) FROM location
            WHERE person_id = \(person) AND id >= \(literal: LocationID.leastQueued) AND creation_time >= \(start) AND creation_time < \(end)
            """
    }

    /// A person's contacts by a join on the geometry, with the GiST index.
    static func gist(_ work: ProximityWork, _ data: ProximityData, of person: Int32) -> PostgresQuery {
        let (start, end) = bounds(work, data)
        let (width, height) = reach(data)
        let near: PostgresQuery =
            work.within.map {
                """
                AND l.creation_time BETWEEN own.creation_time - \($0) * interval '1 ms'
                    AND own.creation_time + \($0) * interval '1 ms'
                """
            } ?? ""
        return """
            SELECT count(DISTINCT l.id) FROM location own
            JOIN location l ON l.coordinate && ST_Expand(own.coordinate, \(width), \(height)) \(fragment: near)
                AND ST_DWithin(l.coordinate::geography, own.coordinate::geography, \(ProximityWork.radius))
            WHERE own.person_id = \(person) AND own.id >= \(literal: LocationID.leastQueued)
                AND own.creation_time >= \(start) AND own.creation_time < \(end)
                AND l.creation_time >= \(start) AND l.creation_time < \(end) AND l.person_id <> \(person)
            """
    }

    /// A person's contacts by the cells around the trail, as connection-service did before it had an index.
    static func cells(
        _ work: ProximityWork,
        _ data: ProximityData,
        of person: Int32,
        trail: Trail
    ) throws -> PostgresQuery {
        let (start, end) = bounds(work, data)
        let (width, height) = reach(data)
        let probes = try Probes(trail)
        let source: PostgresQuery =
            "unnest(\(probes.cells), \(probes.times), \(probes.longitudes), \(probes.latitudes))"
        if let within = work.within {
            return """
                SELECT count(DISTINCT l.id) FROM \(fragment: source) AS own (cell, time, x, y)
                CROSS JOIN LATERAL (
                    SELECT id, coordinate FROM location
                    WHERE cell = own.cell AND person_id <> \(person)
                        AND creation_time >= greatest(own.time - \(within) * interval '1 ms', \(start))
                        AND creation_time <= own.time + \(within) * interval '1 ms' AND creation_time < \(end)
                        AND ST_X(coordinate) BETWEEN own.x - \(width) AND own.x + \(width)
                        AND ST_Y(coordinate) BETWEEN own.y - \(height) AND own.y + \(height)
                    OFFSET 0
                ) l
                WHERE ST_DWithin(
                    l.coordinate::geography,
                    ST_SetSRID(ST_MakePoint(own.x, own.y), 4326)::geography,
                    \(ProximityWork.radius)
                )
                """
        }
        return """
            WITH own AS MATERIALIZED (
                SELECT cell, x, y, ST_SetSRID(ST_MakePoint(x, y), 4326)::geography AS place
                FROM \(fragment: source) AS own (cell, time, x, y)
            ), cells AS MATERIALIZED (
                SELECT DISTINCT cell FROM own
            ), candidate AS MATERIALIZED (
                SELECT cell, l.x, l.y, l.place FROM cells
                CROSS JOIN LATERAL (
                    SELECT ST_X(coordinate) AS x, ST_Y(coordinate) AS y, coordinate::geography AS place FROM location
                    WHERE location.cell = cells.cell AND person_id <> \(person)
                        AND creation_time >= \(start) AND creation_time < \(end)
                    OFFSET 0
                ) l
            )
            SELECT count(*) FROM candidate l WHERE EXISTS (
                SELECT FROM own WHERE own.cell = l.cell
                    AND l.x BETWEEN own.x - \(width) AND own.x + \(width)
                    AND l.y BETWEEN own.y - \(height) AND own.y + \(height)
                    AND ((l.x - own.x) / \(width)) ^ 2 + ((l.y - own.y) / \(height)) ^ 2 <= 1
                    AND ST_DWithin(l.place, own.place, \(ProximityWork.radius))
            )
            """
    }

    /// The legacy query for one location of a person.
    static func reference(_ work: ProximityWork, _ data: ProximityData, x: Double, y: Double) -> PostgresQuery {
        let (start, end) = bounds(work, data)
        return """
            SELECT count(*) FROM location
            WHERE ST_DWithin(
                    coordinate::geography,
                    ST_SetSRID(ST_MakePoint(\(x), \(y)), 4326)::geography,
                    \(ProximityWork.radius)
                )
                AND creation_time >= \(start) AND creation_time < \(end)
            """
    }

    /// Each location of a trail with each cell in its reach.
    private struct Probes {
        var cells: [Int64] = []
        var times: [PostgresTimestamp] = []
        var longitudes: [Double] = []
        var latitudes: [Double] = []

        init(_ trail: Trail) throws {
            for index in 0..<trail.count {
                guard let latitude = DegreesE7(degrees: trail.latitudes[index]),
                    let longitude = DegreesE7(degrees: trail.longitudes[index])
                else { throw BenchmarkFailure(description: "A stored coordinate is no point on Earth.") }
                let center = try Coordinate(latitude: latitude, longitude: longitude)
                GridCell.forEachRun(in: BoundingBox(center: center, radius: ProximityWork.radius)) { run in
                    for cell in run.lowerBound.rawValue...run.upperBound.rawValue {
                        cells.append(cell)
                        times.append(trail.times[index])
                        longitudes.append(trail.longitudes[index])
                        latitudes.append(trail.latitudes[index])
                    }
                }
            }
        }
    }

    private static func bounds(_ work: ProximityWork, _ data: ProximityData) -> (PostgresTimestamp, PostgresTimestamp) {
        let window = work.window(of: data)
        return (
            PostgresTimestamp(microsecondsSince1970: window.lowerBound * 1_000),
            PostgresTimestamp(microsecondsSince1970: (window.upperBound + 1) * 1_000)
        )
    }

    /// Degrees of longitude and latitude that cover the radius everywhere in the data, with a margin.
    private static func reach(_ data: ProximityData) -> (width: Double, height: Double) {
        let radii = LocalRadii(latitude: Double(data.farthestLatitude))
        let degrees = ProximityWork.radius * 1.02 * 180 / Double.pi
        return (degrees / radii.parallel, degrees / radii.meridian)
    }
}
