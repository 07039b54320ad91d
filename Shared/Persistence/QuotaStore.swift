package import Models
package import Observability
package import Postgres
package import Quota

/// Stores the units that clients have used of their daily limits, and the leases of replicas.
package struct QuotaStore: LeaseStore {
    private let client: PostgresClient
    private let logger: Logger

    /// Creates a store for a migrated database.
    package init(client: PostgresClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// How long a statement may take; clients wait for it.
    private static let timeout: Duration = .seconds(2)
    private static let channel = "quota"

    /// Counts the units of a lease as used, in one statement.
    ///
    /// A refusal costs a second statement, which notifies other holders.
    ///
    /// - Throws: `PostgresError`; then the statement may have taken effect.
    package func acquire(_ request: LeaseRequest, for holder: LeaseHolder) async throws -> LeaseAnswer {
        try await client.withConnection { connection in
            let granted = try await Self.grant(request, to: holder, on: connection)
            if let granted { return granted }
            return try await Self.refuse(request, to: holder, on: connection)
        }
    }

    private static func grant(
        _ request: LeaseRequest,
        to holder: LeaseHolder,
        on connection: PostgresConnection
    ) async throws -> LeaseAnswer? {
        let (account, limit) = (request.lease.account, request.limit)
        let lease: PostgresQuery =
            """
            greatest(\(request.wanted), least(\(request.largest), (\(limit) - q.used) / \(request.share)))
            """
        // The row's lock makes statements about the same account wait for each other.
        let rows = try await connection.query(
            """
            WITH taken AS (
                INSERT INTO quota AS q (client, day, used, latest_lease, daily_limit)
                SELECT \(account.client.text), \(fragment: account.day), n, n, \(limit)
                FROM (VALUES (0::bigint)) AS q (used), LATERAL (SELECT least(\(limit), \(fragment: lease))) AS f (n)
                WHERE \(request.needed) <= \(limit)
                ON CONFLICT (client, day) DO UPDATE SET
                    used = q.used + least(\(limit) - q.used, \(fragment: lease)),
                    latest_lease = least(\(limit) - q.used, \(fragment: lease)),
                    daily_limit = \(limit)
                WHERE q.used + \(request.needed) <= \(limit)
                RETURNING client, day, latest_lease, used
            ), replaced AS (
                DELETE FROM quota_lease k USING taken t
                WHERE k.client = t.client AND k.day = t.day AND k.holder = \(holder.number)
                    AND k.serial = \(request.replacing)
            ), lease AS (
                INSERT INTO quota_lease (client, day, holder, serial, units, until)
                SELECT client, day, \(holder.number), \(request.lease.serial), \(request.rest) + latest_lease,
                    now() + make_interval(secs => \(Double(request.seconds)))
                FROM taken
            )
            SELECT latest_lease, \(limit) - used FROM taken
            """,
            timeout: timeout
        )
        return try rows.first(Int.self, Int.self).map { LeaseAnswer.granted($0, left: $1) }
    }

    private static func refuse(
        _ request: LeaseRequest,
        to holder: LeaseHolder,
        on connection: PostgresConnection
    ) async throws -> LeaseAnswer {
        let account = request.lease.account
        let notice = "wanted \(account.notice)"
        let (left, held, _) = try await connection.query(
            """
            SELECT s.remaining, s.held, CASE WHEN s.held > 0 AND \(request.needed) <= s.remaining + s.held
                THEN pg_notify(\(channel), \(notice))::text END
            FROM (
                SELECT \(request.limit) - coalesce((
                        SELECT used FROM quota WHERE client = \(account.client.text) AND day = \(fragment: account.day)
                    ), 0) AS remaining,
                    coalesce((
                        SELECT sum(units) FROM quota_lease
                        WHERE client = \(account.client.text) AND day = \(fragment: account.day)
                            AND holder <> \(holder.number) AND until > now()
                    ), 0)::bigint AS held
            ) s
            """,
            timeout: timeout
        ).single(Int.self, Int.self, String?.self)
        return .refused(left: left, held: held)
    }

    /// Returns the units of a lease, or `nil` if it does not exist.
    ///
    /// - Throws: `PostgresError`.
    package func units(of lease: LeaseName, from holder: LeaseHolder) async throws -> Int? {
        try await client.query(
            """
            SELECT units FROM quota_lease
            WHERE client = \(lease.account.client.text) AND day = \(fragment: lease.account.day)
                AND holder = \(holder.number) AND serial = \(lease.serial)
            """,
            timeout: Self.timeout
        ).first(Int.self)
    }

    /// Ends leases and subtracts their rests, in one statement.
    ///
    /// - Throws: `PostgresError`; the call can be repeated, whether or not the statement took effect.
    package func giveBack(_ rests: [LeaseRest], from holder: LeaseHolder) async throws {
        let accounts = rests.map(\.lease.account)
        // All replicas lock accounts in the same order, so that they do not deadlock.
        try await client.query(
            """
            WITH given AS (
                SELECT client, date '1970-01-01' + day AS day, serial, rest FROM unnest(
                    \(accounts.map(\.client.text)), \(accounts.map(\.daysSince1970)), \(rests.map(\.lease.serial)),
                    \(rests.map { Int64($0.units) })
                ) AS g (client, day, serial, rest)
            ), locked AS (
                SELECT q.client, q.day FROM quota q JOIN given g USING (client, day)
                ORDER BY q.client, q.day FOR UPDATE OF q
            ), ended AS (
                DELETE FROM quota_lease k USING given g, (SELECT count(*) FROM locked) AS l
                WHERE k.client = g.client AND k.day = g.day AND k.holder = \(holder.number) AND k.serial = g.serial
                RETURNING k.client, k.day, least(k.units, g.rest) AS rest
            ), returned AS (
                UPDATE quota q SET used = q.used - e.rest FROM ended e
                WHERE q.client = e.client AND q.day = e.day AND e.rest > 0
            )
            SELECT count(pg_notify(\(Self.channel), notice))
            FROM unnest(\(rests.filter(\.isWanted).map { "returned \($0.lease.account.notice)" })) AS n (notice)
            """,
            timeout: Self.timeout
        )
    }

    /// Follows the notices of all replicas, this one included.
    ///
    /// - Throws: `CancellationError`.
    package func followNotices(_ apply: @Sendable (QuotaNotice) -> Void) async throws {
        let follower = ChangeFollower<QuotaNotice>("Lost the notices of daily limits", logger) {
            try ChangeFeed(of: Self.channel, in: client) { QuotaNotice(text: $0) }
        }
        try await follower.run { change in
            switch change {
            case .changed(let notice): apply(notice)
            case .missed: apply(.missed)
            }
        }
    }

    /// Returns the units that a client has used or leased on a day.
    ///
    /// - Throws: `PostgresError`.
    package func used(by account: QuotaAccount) async throws -> Int {
        try await client.query(
            "SELECT used FROM quota WHERE client = \(account.client.text) AND day = \(fragment: account.day)"
        ).first(Int.self) ?? 0
    }

    /// Removes the counters and leases of earlier days.
    ///
    /// A counter that is removed begins again at zero, so keep more days than a replica's clock may be wrong.
    ///
    /// - Returns: the number of removed counters.
    /// - Throws: `PostgresError`.
    @discardableResult
    package func removeDays(before day: CalendarDate) async throws -> Int {
        let first: PostgresQuery = "date '1970-01-01' + \(Int32(clamping: day.daysSince1970))"
        try await client.execute("DELETE FROM quota_lease WHERE day < \(fragment: first)")
        return try await client.execute("DELETE FROM quota WHERE day < \(fragment: first)")
    }
}

extension QuotaAccount {
    /// The day as a `date`.
    fileprivate var day: PostgresQuery { "date '1970-01-01' + \(daysSince1970)" }
    /// The account in a notification.
    fileprivate var notice: String { "\(daysSince1970) \(client.text)" }
}

extension QuotaNotice {
    /// Reads a notification; `nil` if it is not a notice.
    fileprivate init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, let day = Int32(words[1]), let client = QuotaClient(String(words[2])) else {
            return nil
        }
        let account = QuotaAccount(client: client, daysSince1970: day)
        switch words[0] {
        case "wanted": self = .wanted(account)
        case "returned": self = .returned(account)
        default: return nil
        }
    }
}
