package import Models
package import Postgres

/// Stores hints about the zones of devices.
package struct ZoneHintStore: Sendable {
    private let client: PostgresClient

    /// Creates a store for a migrated database.
    package init(client: PostgresClient) {
        self.client = client
    }

    /// The maximum number of sightings of a question.
    private static let maximumSightings = 200_000

    /// Returns the latest ``maximumSightings`` sightings of some transmitters.
    ///
    /// O(stored hints).
    ///
    /// - Throws: `PostgresError`.
    package func sightings(
        of hints: Set<ZoneHint>
    ) async throws -> [(person: PersonID, time: Timestamp, hint: ZoneHint)] {
        let rows = try await client.query(
            """
            SELECT person_id, seen_at, kind, digest FROM zone_hint WHERE digest = ANY (\(Array(Set(hints.map(\.digest)))))
            ORDER BY seen_at DESC LIMIT \(Self.maximumSightings)
            """
        ).decode(PersonID.self, PostgresTimestamp.self, String.self, Int64.self)
        return rows.compactMap { person, time, kind, digest in
            guard let kind = ZoneHint.Kind(rawValue: kind) else { return nil }
            let hint = ZoneHint(kind: kind, digest: digest)
            return hints.contains(hint) ? (person, Timestamp(time), hint) : nil
        }
    }

    /// Stores each hint once.
    ///
    /// Drops hints of erased persons.
    ///
    /// - Throws: `PostgresError`; the device must then repeat its message.
    package func keep(_ hints: [ZoneHint], of person: PersonID, _ device: DeviceNumber, at time: Timestamp) async throws
    {
        do {
            try await client.execute(
                """
                INSERT INTO zone_hint (person_id, device, seen_at, kind, digest)
                SELECT \(person), \(Int16(device.rawValue)), \(time.postgres), kind, digest
                FROM unnest(\(hints.map(\.kind.rawValue)), \(hints.map(\.digest))) AS n (kind, digest)
                ON CONFLICT DO NOTHING
                """
            )
        } catch let error as PostgresError where error.sqlState == .foreignKeyViolation {
            return
        }
    }
}
