package import Models
package import Postgres

/// Stores hints about the zones of devices.
package struct ZoneHintStore: Sendable {
    private let client: PostgresClient

    /// Creates a store for a migrated database.
    package init(client: PostgresClient) {
        self.client = client
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
