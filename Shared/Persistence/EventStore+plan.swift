package import Models
internal import Postgres

extension EventStore {
    /// The maximum number of zones of an event.
    package static let maximumZones = 20_000

    /// Returns the zones of an event, ordered by number; empty also if no event has this number.
    package func plan(of event: EventID) async throws -> [Zone] {
        try await client.withConnection { try await Self.plan(of: event, on: $0) }
    }

    /// Replaces the plan of an event in one transaction; `nil` if no event has this number.
    ///
    /// The zones have distinct codes, and their parents are among them. Zones whose codes stay keep their numbers. The rooms
    /// of the programme are matched with the new zones.
    package func replacePlan(of event: EventID, with zones: [ZoneDetails]) async throws -> [Zone]? {
        try await client.withTransaction { connection in
            guard try await Self.lock(event, on: connection) else { return nil }
            try await Self.replaceZones(of: event, with: zones, on: connection)
            try await Self.replaceTransmitters(of: event, with: zones, on: connection)
            try await Self.matchRooms(of: event, on: connection)
            return try await Self.plan(of: event, on: connection)
        }
    }

    private static func replaceZones(
        of event: EventID,
        with zones: [ZoneDetails],
        on connection: PostgresConnection
    ) async throws {
        let codes = zones.map(\.code)
        try await connection.execute("DELETE FROM zone WHERE event_id = \(event) AND code <> ALL (\(codes))")
        // Numbers are taken for new zones only; ON CONFLICT would take one for each zone. PostgreSQL's arrays of our types
        // have no NULL, which is -32768 here.
        let given: PostgresQuery = """
            SELECT code, name, kind, nullif(floor, -32768) AS floor, ST_GeomFromEWKB(area) AS area, place
            FROM unnest(
                \(codes), \(zones.map(\.name)), \(zones.map(\.kind.rawValue)), \(zones.map { $0.floor ?? .min }),
                \(zones.map { WellKnownArea.bytes($0.area) })
            ) WITH ORDINALITY AS g (code, name, kind, floor, area, place)
            """
        try await connection.execute(
            """
            WITH given AS (\(fragment: given)), known AS (
                UPDATE zone SET name = g.name, kind = g.kind, floor = g.floor, area = g.area, parent_id = NULL
                FROM given g WHERE zone.event_id = \(event) AND zone.code = g.code
                RETURNING zone.code
            )
            INSERT INTO zone (event_id, code, name, kind, floor, area)
            SELECT \(event), code, name, kind, floor, area FROM given
            WHERE NOT EXISTS (SELECT FROM known WHERE known.code = given.code) ORDER BY place
            """
        )
        let nested = zones.filter { $0.parent != nil }
        try await connection.execute(
            """
            UPDATE zone SET parent_id = parent.id
            FROM unnest(\(nested.map(\.code)), \(nested.compactMap(\.parent))) AS g (code, parent)
            JOIN zone parent ON parent.event_id = \(event) AND parent.code = g.parent
            WHERE zone.event_id = \(event) AND zone.code = g.code
            """
        )
    }

    private static func replaceTransmitters(
        of event: EventID,
        with zones: [ZoneDetails],
        on connection: PostgresConnection
    ) async throws {
        let stated = zones.filter { $0.hints != nil }
        try await connection.execute(
            """
            DELETE FROM zone_transmitter USING zone
            WHERE zone.id = zone_id AND event_id = \(event) AND code = ANY (\(stated.map(\.code)))
            """
        )
        let rows = stated.flatMap { zone in (zone.hints ?? []).map { (zone.code, $0) } }
        try await connection.execute(
            """
            INSERT INTO zone_transmitter (zone_id, kind, digest)
            SELECT zone.id, g.kind, g.digest
            FROM unnest(\(rows.map(\.0)), \(rows.map(\.1.kind.rawValue)), \(rows.map(\.1.digest))) AS g (code, kind, digest)
            JOIN zone ON event_id = \(event) AND zone.code = g.code
            ON CONFLICT DO NOTHING
            """
        )
    }

    private static func plan(of event: EventID, on connection: PostgresConnection) async throws -> [Zone] {
        var hints: [ZoneID: [ZoneHint]] = [:]
        let transmitters = try await connection.query(
            """
            SELECT zone_id, t.kind, digest FROM zone_transmitter t JOIN zone ON zone.id = zone_id
            WHERE event_id = \(event) ORDER BY zone_id, t.kind, digest
            """
        ).decode(ZoneID.self, String.self, Int64.self)
        for (zone, kind, digest) in transmitters {
            guard let kind = ZoneHint.Kind(rawValue: kind) else { continue }
            hints[zone, default: []].append(ZoneHint(kind: kind, digest: digest))
        }
        let rows = try await connection.query(
            "SELECT id, code, name, kind, floor, parent_id, area FROM zone WHERE event_id = \(event) ORDER BY id"
        ).decode(
            ZoneID.self,
            String.self,
            String.self,
            String.self,
            Int16?.self,
            ZoneID?.self,
            ZoneArea.self
        )
        return rows.map { id, code, name, kind, floor, parent, area in
            Zone(
                id: id,
                code: code,
                name: name,
                kind: Zone.Kind(rawValue: kind) ?? .other,
                floor: floor,
                parent: parent,
                area: area,
                hints: hints[id] ?? []
            )
        }
    }
}
