package import Postgres

extension PostgresClient {
    /// Finds the tables that contain a text in any column of any row.
    ///
    /// Searches bytes in hexadecimal form.
    ///
    /// - Parameter texts: the texts to find.
    /// - Returns: the names of the tables; partitions count individually.
    /// - Throws: `PostgresError`.
    package func tablesContaining(anyOf texts: [String]) async throws -> [String] {
        let tables = try await query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
        ).column(String.self)
        var found: [String] = []
        for table in tables {
            let count = try await query(
                """
                SELECT count(*) FROM \(identifier: table) AS t, unnest(\(texts)) AS wanted(trace)
                WHERE position(wanted.trace IN t::text) > 0
                """
            ).single(Int.self)
            if count > 0 { found.append(table) }
        }
        return found
    }
}
