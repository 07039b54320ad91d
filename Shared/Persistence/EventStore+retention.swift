internal import Postgres

extension EventStore {
    /// Removes the locations and hints of days whose events have all passed their retention; returns how many locations.
    ///
    /// Reads each month that has such a day, about a second for ten million locations. Processes that keep locations in memory
    /// are notified by ``removals()``.
    package func removeExpiredLocations() async throws -> Int {
        try await client.withTransaction { connection in
            // The usual statement timeout is meant for requests.
            try await connection.execute("SET LOCAL statement_timeout = 0")
            return try await connection.query("SELECT remove_expired_locations()", timeout: .seconds(3_600)).single(
                Int.self
            )
        }
    }

    /// Listens for removals of locations; the key is their number.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func removals() throws -> ChangeFeed<Int> {
        try ChangeFeed(of: "locations_removed", in: client) { Int($0) }
    }
}
