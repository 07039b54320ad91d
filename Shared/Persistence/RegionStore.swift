package import Postgres

/// The regions: two databases that replicate to each other, each with its own services.
package struct RegionStore: Sendable {
    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Records that this region is alive, for the other one to see.
    ///
    /// The clocks of both databases must agree.
    ///
    /// - Returns: the seconds since the other region's last record that arrived here; `nil` without another region.
    /// - Throws: `PostgresError`.
    package func recordSignOfLife() async throws -> Double? {
        try await client.query(
            """
            WITH beat AS (
                UPDATE region SET seen_at = clock_timestamp()
                WHERE number = own_region() AND EXISTS (SELECT FROM region WHERE number <> own_region())
            )
            SELECT extract(epoch FROM clock_timestamp() - seen_at)::float8 FROM region WHERE number <> own_region()
            """
        ).column(Double.self).first.map { max($0, 0) }
    }

    /// Returns how many seconds old the consents in this database are: always 0 in the first region, which writes them.
    ///
    /// - Throws: `PostgresError`.
    package func ageOfConsents() async throws -> Double {
        try await client.query(
            """
            SELECT CASE WHEN own_region() = 1 THEN 0
                ELSE greatest(0, extract(epoch FROM clock_timestamp() - seen_at)::float8) END
            FROM region WHERE number = 1
            """
        ).single(Double.self)
    }
}
