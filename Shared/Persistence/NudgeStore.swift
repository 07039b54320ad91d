package import Models
package import Postgres

/// The nudges in the database.
package struct NudgeStore: Sendable {
    let client: PostgresClient

    /// How long a nudge is shown, in seconds.
    package static let lifetime = 120.0
    /// The maximum number of nudges in an answer, and of a person's nudges a day.
    package static let maximumCount = 100

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Two persons who are near each other and met earlier.
    package struct NearPair: Hashable, Sendable {
        /// The person with the lower number.
        package let first: PersonID
        /// The person with the higher number.
        package let second: PersonID
        /// The number under which the first person sees the second one unnamed.
        package let firstAlias: PersonID
        /// The number under which the second person sees the first one unnamed.
        package let secondAlias: PersonID
        /// The event at which they are.
        package let event: EventID
        /// Their distance, rounded to a band.
        package let aboutMetres: Int32
        /// The end of their last meeting.
        package let lastMet: Timestamp

        package init(
            _ first: PersonID,
            _ second: PersonID,
            aliases: (PersonID, PersonID),
            at event: EventID,
            aboutMetres: Int32,
            lastMet: Timestamp
        ) {
            (self.first, self.second) = (first, second)
            (firstAlias, secondAlias) = aliases
            (self.event, self.aboutMetres, self.lastMet) = (event, aboutMetres, lastMet)
        }
    }

    /// A nudge as one of the two persons sees it.
    package struct Nudge: Equatable, Sendable {
        package let id: Int64
        /// The other person, or the number of an unnamed person.
        package let other: PersonID
        package let time: Timestamp
        /// The nudge is not shown from then on.
        package let expiry: Timestamp
        /// The distance at that time, rounded to a band.
        package let aboutMetres: Int32
        /// The day of the last meeting, in the event's time zone.
        package let lastMet: CalendarDate

        package init(
            id: Int64,
            other: PersonID,
            time: Timestamp,
            expiry: Timestamp,
            aboutMetres: Int32,
            lastMet: CalendarDate
        ) {
            (self.id, self.other, self.time, self.expiry) = (id, other, time, expiry)
            (self.aboutMetres, self.lastMet) = (aboutMetres, lastMet)
        }
    }

    /// The process that creates nudges.
    package struct Writer {
        let connection: PostgresConnection

        /// The pairs of persons with a nudge about each other on the present day of an event, the lower number first.
        ///
        /// O(nudges of the last day).
        ///
        /// - Throws: `PostgresError`, also if the database does not know the event's time zone.
        package func pairsOfToday(at event: EventID) async throws -> [(first: PersonID, second: PersonID)] {
            try await connection.query(
                """
                SELECT person_id, other_id FROM nudge
                WHERE created_at > now() - interval '26 hours' AND person_id < other_id
                    AND day = (now() AT TIME ZONE (SELECT time_zone FROM event WHERE id = \(event)))::date
                """
            ).decode(PersonID.self, PersonID.self).map { (first: $0, second: $1) }
        }

        /// Creates a nudge for both persons, or for neither.
        ///
        /// One statement, which checks consents, pauses, notes and declined requests, that the two got no nudge about each
        /// other today, and the daily limit of both. Concurrent calls never exceed it.
        ///
        /// - Parameters:
        ///   - pair: the two persons.
        ///   - since: the time of the oldest fix that could count: a pause that ended later keeps them from learning of each other.
        ///   - limit: how many nudges a person may get a day, of the event's time zone.
        /// - Returns: whether both got the nudge.
        /// - Throws: `PostgresError`.
        package func create(_ pair: NearPair, seenSince since: Timestamp, dailyLimit limit: Int) async throws -> Bool {
            try await connection.query(
                """
                SELECT create_nudge(
                    \(pair.first), \(pair.second), \(pair.firstAlias), \(pair.secondAlias), \(pair.event),
                    \(pair.aboutMetres), \(pair.lastMet.postgres), \(since.postgres), \(NudgeStore.lifetime), \(Int64(limit)),
                    \(Int64(ConsentPurpose.textVersion))
                )
                """
            ).single(Bool.self)
        }
    }

    /// Calls `body` while this process is the only one that creates nudges.
    ///
    /// - Returns: `false` at once if another process creates them.
    /// - Throws: what `body` throws, or `PostgresError`.
    package func whileElected(_ body: (Writer) async throws -> Void) async throws -> Bool {
        try await client.whileElected(by: AdvisoryLock.nudges) { try await body(Writer(connection: $0)) }
    }

    /// A person's nudges now, the latest first; at most ``maximumCount``.
    ///
    /// A nudge is missing as soon as it has expired, or the two may no longer learn of each other.
    ///
    /// - Parameter person: the person.
    /// - Returns: the nudges; `nil` if the person does not agree to `nudge`.
    /// - Throws: `PostgresError`.
    package func current(of person: PersonID) async throws -> [Nudge]? {
        let version = Int64(ConsentPurpose.textVersion)
        let rows = try await client.query(
            """
            SELECT n.id, n.shown, n.created_at, n.expires_at, n.about_metres, n.last_met - date '1970-01-01'
            FROM consent c LEFT JOIN LATERAL (
                SELECT own.*, CASE WHEN EXISTS (
                    SELECT FROM consent i WHERE i.person_id = own.other_id AND i.purpose = 'identify' AND i.is_given
                        AND i.text_version = \(version)
                ) THEN own.other_id ELSE own.alias END AS shown
                FROM nudge own
                WHERE own.person_id = c.person_id AND own.expires_at > now() AND nudge_holds(own.id, \(version))
            ) AS n ON true
            WHERE c.person_id = \(person) AND c.purpose = 'nudge' AND c.is_given AND c.text_version = \(version)
            ORDER BY n.id DESC LIMIT \(Int64(Self.maximumCount))
            """
        ).decode(
            Int64?.self,
            PersonID?.self,
            PostgresTimestamp?.self,
            PostgresTimestamp?.self,
            Int32?.self,
            Int32?.self
        )
        guard !rows.isEmpty else { return nil }
        return rows.compactMap { id, other, time, expiry, metres, day in
            guard let id, let other, let time, let expiry, let metres, let day else { return nil }
            return Nudge(
                id: id,
                other: other,
                time: Timestamp(time),
                expiry: Timestamp(expiry),
                aboutMetres: metres,
                lastMet: CalendarDate(daysSince1970: Int64(day))
            )
        }
    }

    /// Listens for persons whose nudges may have changed.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func changes() throws -> ChangeFeed<PersonID> {
        try ChangeFeed(of: "nudge", in: client) { Int32($0).flatMap { PersonID(rawValue: $0) } }
    }

    /// Removes nudges after a day, which may have 25 hours; returns how many rows.
    package func removeOld() async throws -> Int {
        try await client.execute("DELETE FROM nudge WHERE created_at < now() - interval '26 hours'")
    }
}
