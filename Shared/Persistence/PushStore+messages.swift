package import Models
internal import Postgres

/// A push message that a sender has claimed, with all that it needs to send it.
package struct ClaimedPush: Sendable {
    package let id: Int64
    /// The attempt, from 1; it also tells a repeated claim from an earlier one.
    package let attempt: Int32
    /// Messages with the same topic replace each other.
    package let topic: String
    /// The content as JSON.
    package let payload: String
    package let expiresAt: Timestamp
    package let subscription: String
    /// The origin of the push service.
    package let origin: String
    /// The endpoint and the keys, encrypted.
    package let sealed: [UInt8]
}

/// What becomes of a push message after an attempt.
package enum PushFate: Hashable, Sendable {
    /// The push service accepted it.
    case sent
    /// The next attempt comes after a pause in microseconds.
    case retried(after: Int64)
    /// It is given up.
    case dropped
    /// The subscription does not exist any more.
    case gone
    /// The attempt was not made; another sender may begin at once.
    case released
}

extension PushStore {
    /// Claims due messages, the ones that are due first: no other sender gets them before the claim ends.
    ///
    /// A message about a nudge is claimed only while the nudge holds; otherwise it stays until it expires.
    ///
    /// - Parameters:
    ///   - limit: how many are claimed at most.
    ///   - time: how long the claim lasts, in microseconds.
    ///   - selected: the origins of push services to send to; all if `nil`.
    ///   - excluded: origins to which nothing is sent.
    /// - Returns: the messages, none of them expired.
    /// - Throws: `PostgresError`.
    package func claim(
        limit: Int,
        for time: Int64,
        among selected: [String]? = nil,
        except excluded: [String] = []
    ) async throws -> [ClaimedPush] {
        try await client.query(
            """
            WITH due AS MATERIALIZED (
                SELECT m.id FROM push_message m JOIN push_subscription s ON s.id = m.subscription_id
                WHERE m.due_at <= now() AND m.expires_at > now() AND s.origin <> ALL(\(excluded))
                    AND (\(selected == nil) OR s.origin = ANY(\(selected ?? [])))
                    AND (
                        m.payload ->> 'nudge' IS NULL
                        OR nudge_holds((m.payload ->> 'nudge')::bigint, \(Int64(ConsentPurpose.textVersion)))
                    )
                ORDER BY m.due_at LIMIT \(limit)
                FOR UPDATE OF m SKIP LOCKED
            )
            UPDATE push_message m
            SET attempt = m.attempt + 1, due_at = now() + \(time) * interval '1 microsecond'
            FROM due, push_subscription s
            WHERE m.id = due.id AND s.id = m.subscription_id
            RETURNING m.id, m.attempt, m.topic, m.payload::text, m.expires_at, s.id, s.origin, s.sealed
            """
        ).decode(
            Int64.self,
            Int32.self,
            String.self,
            String.self,
            PostgresTimestamp.self,
            String.self,
            String.self,
            [UInt8].self
        ).map { row in
            ClaimedPush(
                id: row.0,
                attempt: row.1,
                topic: row.2,
                payload: row.3,
                expiresAt: Timestamp(row.4),
                subscription: row.5,
                origin: row.6,
                sealed: row.7
            )
        }
    }

    /// Records what became of a message; of a claim that has ended, and that another sender has claimed again, nothing.
    package func record(_ fate: PushFate, of claimed: ClaimedPush) async throws {
        switch fate {
        case .sent, .dropped:
            try await client.execute(
                "DELETE FROM push_message WHERE id = \(claimed.id) AND attempt = \(claimed.attempt)"
            )
        case .retried(let pause):
            try await client.execute(
                """
                UPDATE push_message SET due_at = now() + \(pause) * interval '1 microsecond'
                WHERE id = \(claimed.id) AND attempt = \(claimed.attempt)
                """
            )
        case .gone:
            try await client.execute("DELETE FROM push_subscription WHERE id = \(claimed.subscription)")
        case .released:
            try await client.execute(
                """
                UPDATE push_message SET due_at = now(), attempt = attempt - 1
                WHERE id = \(claimed.id) AND attempt = \(claimed.attempt)
                """
            )
        }
    }

    /// Removes expired messages; returns how many.
    package func removeExpired() async throws -> Int {
        try await client.execute("DELETE FROM push_message WHERE expires_at <= now()")
    }

    /// How many messages are due, counted up to `limit`.
    package func backlog(upTo limit: Int) async throws -> Int64 {
        try await client.query(
            """
            SELECT count(*) FROM (
                SELECT FROM push_message WHERE due_at <= now() AND expires_at > now() LIMIT \(limit)
            ) AS m
            """
        ).single(Int64.self)
    }
}
