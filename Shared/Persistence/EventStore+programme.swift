package import Models
internal import Postgres

extension EventStore {
    /// The maximum number of sessions of an event.
    package static let maximumSessions = 20_000

    /// Returns the sessions of an event, ordered by their start; empty also if no event has this number.
    package func programme(of event: EventID) async throws -> [ProgrammeSession] {
        try await client.withConnection { try await Self.programme(of: event, on: $0) }
    }

    /// Replaces the programme of an event in one transaction; `nil` if no event has this number.
    ///
    /// The sessions have distinct codes; speakers' names have no line break. Sessions whose codes stay keep their numbers.
    package func replaceProgramme(
        of event: EventID,
        with sessions: [SessionDetails]
    ) async throws -> [ProgrammeSession]? {
        try await client.withTransaction { connection in
            guard try await Self.lock(event, on: connection) else { return nil }
            let codes = sessions.map(\.code)
            try await connection.execute(
                "DELETE FROM programme_session WHERE event_id = \(event) AND code <> ALL (\(codes))"
            )
            // An empty room or list is NULL or an empty array.
            let given: PostgresQuery = """
                SELECT code, nullif(room, '') AS room, starts, ends, title, string_to_array(speakers, E'\\n') AS speakers, place
                FROM unnest(
                    \(codes), \(sessions.map { $0.room ?? "" }), \(sessions.map(\.time.lowerBound.postgres)),
                    \(sessions.map(\.time.upperBound.postgres)), \(sessions.map(\.title)),
                    \(sessions.map { $0.speakers.joined(separator: "\n") })
                ) WITH ORDINALITY AS g (code, room, starts, ends, title, speakers, place)
                """
            try await connection.execute(
                """
                WITH given AS (\(fragment: given)), known AS (
                    UPDATE programme_session s
                    SET room = g.room, starts = g.starts, ends = g.ends, title = g.title, speakers = g.speakers
                    FROM given g WHERE s.event_id = \(event) AND s.code = g.code
                    RETURNING s.code
                )
                INSERT INTO programme_session (event_id, code, room, starts, ends, title, speakers)
                SELECT \(event), code, room, starts, ends, title, speakers FROM given
                WHERE NOT EXISTS (SELECT FROM known WHERE known.code = given.code) ORDER BY place
                """
            )
            try await Self.matchRooms(of: event, on: connection)
            return try await Self.programme(of: event, on: connection)
        }
    }

    /// Sets the zone of each session whose room has another zone than before.
    static func matchRooms(of event: EventID, on connection: PostgresConnection) async throws {
        let zones = try await connection.query(
            "SELECT id, code, name FROM zone WHERE event_id = \(event) ORDER BY id"
        ).decode(ZoneID.self, String.self, String.self)
        let names = RoomNames(zones.map { (id: $0, code: $1, name: $2) })
        let sessions = try await connection.query(
            "SELECT id, room, zone_id FROM programme_session WHERE event_id = \(event)"
        ).decode(SessionID.self, String?.self, ZoneID?.self)
        let changes = sessions.map { id, room, zone in (id: id, old: zone, new: room.flatMap { names[$0] }) }
            .filter { $0.old != $0.new }
        // No zone has the number 0.
        try await connection.execute(
            """
            UPDATE programme_session s SET zone_id = nullif(g.zone, 0)
            FROM unnest(\(changes.map(\.id)), \(changes.map { $0.new?.rawValue ?? 0 })) AS g (id, zone) WHERE s.id = g.id
            """
        )
    }

    private static func programme(
        of event: EventID,
        on connection: PostgresConnection
    ) async throws -> [ProgrammeSession] {
        let rows = try await connection.query(
            """
            SELECT id, code, room, zone_id, starts, ends, title, speakers FROM programme_session
            WHERE event_id = \(event) ORDER BY starts, id
            """
        ).decode(
            SessionID.self,
            String.self,
            String?.self,
            ZoneID?.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            String.self,
            [String].self
        )
        return rows.filter { $0.4 < $0.5 }.map { id, code, room, zone, start, end, title, speakers in
            ProgrammeSession(
                id: id,
                code: code,
                room: room,
                zone: zone,
                time: Timestamp(start)..<Timestamp(end),
                title: title,
                speakers: speakers
            )
        }
    }
}
