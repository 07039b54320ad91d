package import Models
package import Postgres

/// The events in the database, with their plans and programmes.
package struct EventStore: Sendable {
    /// The maximum number of events.
    package static let maximumEvents = 1_000

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Returns all events, ordered by number.
    package func events() async throws -> [Event] {
        try await events("true")
    }

    /// Finds an event.
    package func event(_ id: EventID) async throws -> Event? {
        try await events("id = \(id)").first
    }

    private func events(_ condition: PostgresQuery) async throws -> [Event] {
        let rows = try await client.query(
            """
            SELECT id, name, time_zone, opens, closes, venue, retention_days FROM event
            WHERE \(fragment: condition) ORDER BY id
            """
        ).decode(
            EventID.self,
            String.self,
            String.self,
            [PostgresTimestamp].self,
            [PostgresTimestamp].self,
            ZoneArea?.self,
            Int32?.self
        )
        return rows.map { id, name, timeZone, opens, closes, venue, days in
            let hours = zip(opens, closes).filter { $0 < $1 }.map { Timestamp($0)..<Timestamp($1) }
            return Event(
                id: id,
                details: EventDetails(name: name, timeZone: timeZone, hours: hours, venue: venue, retentionDays: days)
            )
        }
    }

    /// Adds an event, which gets the next free number; `nil` if there are ``maximumEvents``.
    package func create(_ details: EventDetails) async throws -> Event? {
        let rows = try await client.query(
            """
            INSERT INTO event (name, time_zone, opens, closes, venue, retention_days)
            SELECT \(details.name), \(details.timeZone), \(details.opens), \(details.closes),
                ST_GeomFromEWKB(\(details.venue.map(WellKnownArea.bytes))), \(details.retentionDays)
            WHERE (SELECT count(*) FROM event) < \(Self.maximumEvents)
            RETURNING id
            """
        )
        return try rows.column(EventID.self).first.map { Event(id: $0, details: details) }
    }

    /// Replaces the description of an event; `false` if no event has this number.
    package func replace(_ event: Event) async throws -> Bool {
        let details = event.details
        return try await client.execute(
            """
            UPDATE event SET name = \(details.name), time_zone = \(details.timeZone), opens = \(details.opens),
                closes = \(details.closes), venue = ST_GeomFromEWKB(\(details.venue.map(WellKnownArea.bytes))),
                retention_days = \(details.retentionDays)
            WHERE id = \(event.id)
            """
        ) == 1
    }

    /// Removes an event with its plan and its programme; `false` if no event has this number.
    ///
    /// Never removes ``EventID/standard``.
    package func remove(_ id: EventID) async throws -> Bool {
        try await client.execute("DELETE FROM event WHERE id = \(id) AND id <> \(EventID.standard)") == 1
    }

    /// Listens for changes of events, their plans and their programmes.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func changes() throws -> ChangeFeed<EventID> {
        try ChangeFeed(of: "event_changed", in: client) { text in Int32(text).flatMap { EventID(rawValue: $0) } }
    }

    /// Locks an event against other changes until the end of the transaction; `false` if no event has this number.
    static func lock(_ id: EventID, on connection: PostgresConnection) async throws -> Bool {
        try await connection.query("SELECT FROM event WHERE id = \(id) FOR NO KEY UPDATE").count == 1
    }
}

extension EventDetails {
    fileprivate var opens: [PostgresTimestamp] { hours.map(\.lowerBound.postgres) }
    fileprivate var closes: [PostgresTimestamp] { hours.map(\.upperBound.postgres) }
}
