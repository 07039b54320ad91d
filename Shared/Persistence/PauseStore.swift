package import Models
package import Postgres

/// The pauses in the database.
package struct PauseStore: Sendable {
    /// The maximum number of pauses that are known of a person; the earliest are removed.
    package static let maximumPerPerson = 100

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// A person's current pause; `.some(nil)` without one, `nil` if no person has this number.
    package func current(of person: PersonID) async throws -> Pause?? {
        let rows = try await client.query(
            """
            SELECT begins, ends FROM person LEFT JOIN pause ON person_id = id AND (ends IS NULL OR ends > now())
            WHERE id = \(person) ORDER BY begins DESC LIMIT 1
            """
        ).decode(PostgresTimestamp?.self, PostgresTimestamp?.self)
        guard let (begins, ends) = rows.first else { return nil }
        return .some(begins.map { Pause(begins: Timestamp($0), ends: ends.map { Timestamp($0) }) })
    }

    /// Begins a pause, or changes the end of the one that goes on.
    ///
    /// - Parameters:
    ///   - person: the person.
    ///   - minutes: its length; `nil` if it goes on until the person ends it.
    /// - Returns: whether the person exists.
    /// - Throws: `PostgresError`.
    package func begin(_ person: PersonID, minutes: Int?) async throws -> Bool {
        try await client.withTransaction { connection in
            // The lock lets two requests of a person take turns.
            let persons = try await connection.query("SELECT id FROM person WHERE id = \(person) FOR NO KEY UPDATE")
            guard persons.count == 1 else { return false }
            let length = minutes.map { Double($0) * 60 }
            let changed = try await connection.execute(
                """
                UPDATE pause SET ends = now() + make_interval(secs => \(length))
                WHERE person_id = \(person) AND (ends IS NULL OR ends > now())
                """
            )
            if changed == 0 {
                try await connection.execute(
                    """
                    INSERT INTO pause (person_id, begins, ends)
                    VALUES (\(person), now(), now() + make_interval(secs => \(length)))
                    """
                )
            }
            try await Self.removeEarliest(of: person, on: connection)
            return true
        }
    }

    /// Ends the pause that goes on, if there is one; `false` if no person has this number.
    package func end(_ person: PersonID) async throws -> Bool {
        try await client.execute(
            "UPDATE pause SET ends = now() WHERE person_id = \(person) AND (ends IS NULL OR ends > now())"
        )
        return try await client.query("SELECT id FROM person WHERE id = \(person)").count == 1
    }

    /// Forgets a person's latest locations: in the tables, among the dead letters and in the embedded queue.
    ///
    /// Locations of this time that arrive later are dropped. Reading the queue takes about two seconds per gigabyte of this
    /// time. Processes that keep locations in memory are notified by ``forgettings()``.
    ///
    /// - Parameters:
    ///   - minutes: how far back.
    ///   - person: the person.
    /// - Returns: how many locations were removed; `nil` if no person has this number.
    /// - Throws: `PostgresError`.
    package func forget(minutes: Int, of person: PersonID) async throws -> Int? {
        try await client.withTransaction { connection in
            // The usual statement timeout is meant for requests.
            try await connection.execute("SET LOCAL statement_timeout = 0")
            let removed = try await connection.query(
                "SELECT forget_locations(\(person), now() - make_interval(mins => \(Int32(minutes))))",
                timeout: .seconds(600)
            ).single(Int?.self)
            if removed != nil { try await Self.removeEarliest(of: person, on: connection) }
            return removed
        }
    }

    /// Returns the pauses of some persons; persons without any are missing.
    package func pauses(of persons: [PersonID]) async throws -> [PersonID: [Pause]] {
        try await client.withConnection { try await Self.pauses(of: persons, on: $0) }
    }

    /// Returns the pauses of all persons; persons without any are missing.
    ///
    /// About 100 bytes a person who has had one.
    package func all() async throws -> [PersonID: [Pause]] {
        Self.decode(
            try await client.query("SELECT person_id, begins, ends FROM pause").decode(
                PersonID.self,
                PostgresTimestamp.self,
                PostgresTimestamp?.self
            )
        )
    }

    /// Listens for forgotten times: the person, and the first moment.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func forgettings() throws -> ChangeFeed<ForgottenTime> {
        try ChangeFeed(of: "locations_forgotten", in: client) { ForgottenTime($0) }
    }

    /// Notifies processes that keep locations in memory that they may have some of a pause, which the database does not store.
    static func announce(_ times: Set<ForgottenTime>, on connection: PostgresConnection) async throws {
        guard !times.isEmpty else { return }
        try await connection.execute(
            "SELECT pg_notify('locations_forgotten', t) FROM unnest(\(times.map(\.text).sorted())) AS t"
        )
    }

    static func pauses(of persons: [PersonID], on connection: PostgresConnection) async throws -> [PersonID: [Pause]] {
        decode(
            try await connection.query("SELECT person_id, begins, ends FROM pause WHERE person_id = ANY(\(persons))")
                .decode(PersonID.self, PostgresTimestamp.self, PostgresTimestamp?.self)
        )
    }

    private static func decode(
        _ rows: [(PersonID, PostgresTimestamp, PostgresTimestamp?)]
    ) -> [PersonID: [Pause]] {
        rows.reduce(into: [:]) { pauses, row in
            pauses[row.0, default: []].append(Pause(begins: Timestamp(row.1), ends: row.2.map { Timestamp($0) }))
        }
    }

    /// Removes pauses 30 days after their end; returns how many.
    package func removeExpired() async throws -> Int {
        try await client.execute("DELETE FROM pause WHERE ends < now() - interval '30 days'")
    }

    /// Removes the pauses beyond the maximum number.
    private static func removeEarliest(of person: PersonID, on connection: PostgresConnection) async throws {
        try await connection.execute(
            """
            DELETE FROM pause WHERE person_id = \(person) AND begins <= (
                SELECT begins FROM pause WHERE person_id = \(person)
                ORDER BY begins DESC OFFSET \(maximumPerPerson) LIMIT 1
            )
            """
        )
    }
}

/// A person's time that is forgotten, from a moment to that of the report.
package struct ForgottenTime: Hashable, Sendable {
    /// The person.
    package let person: PersonID
    /// The first moment.
    package let since: Timestamp
    /// The moment after the last one; `nil` if all times since then are forgotten.
    package let until: Timestamp?

    package init(person: PersonID, since: Timestamp, until: Timestamp? = nil) {
        self.person = person
        self.since = since
        self.until = until
    }

    /// Reads the text of a notification: the person's number, and one or two times in microseconds since 1970, with colons between.
    init?(_ text: String) {
        let parts = text.split(separator: ":").map { Int64($0) }
        guard (2...3).contains(parts.count), let person = parts[0].flatMap({ Int32(exactly: $0) }),
            let person = PersonID(rawValue: person), let since = parts[1]
        else { return nil }
        guard parts.count == 3 else {
            self.init(person: person, since: Timestamp(microseconds: since))
            return
        }
        guard let until = parts[2] else { return nil }
        self.init(person: person, since: Timestamp(microseconds: since), until: Timestamp(microseconds: until))
    }

    /// The text of a notification.
    var text: String {
        let until = until.map { ":\($0.microseconds)" } ?? ""
        return "\(person.rawValue):\(since.microseconds)" + until
    }
}
