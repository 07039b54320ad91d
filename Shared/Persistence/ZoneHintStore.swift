package import Models
package import Postgres

/// What devices noticed of the zones that they were in.
package struct ZoneHintStore: Sendable {
    private let client: PostgresClient

    /// A store in a database whose schema is up to date.
    package init(client: PostgresClient) {
        self.client = client
    }

    /// Stores hints, each once; those of an erased person are dropped.
    ///
    /// - Throws: `PostgresError`; then the device has to send its message again.
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
