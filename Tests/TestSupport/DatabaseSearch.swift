package import Postgres

extension PostgresClient {
    /// Finds the tables that have a text in any column of any row; bytes are searched as their hexadecimal digits.
    ///
    /// - Parameter texts: what is searched for.
    /// - Returns: the names of the tables, partitions by their own.
    /// - Throws: `PostgresError`.
    package func tablesContaining(anyOf texts: [String]) async throws -> [String] {
        let tables = try await query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
        ).column(String.self)
        var found: [String] = []
        for table in tables {
            let count = try await query(
                """
                SELECT count(*) FROM \(identifier: table) AS t, unnest(\(texts)) AS text
                WHERE position(text IN t::text) > 0
                """
            ).single(Int.self)
            if count > 0 { found.append(table) }
        }
        return found
    }
}
