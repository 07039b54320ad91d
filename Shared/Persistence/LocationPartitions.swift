internal import Models
internal import Postgres

/// The partitions of `location`: a calendar month (UTC) each, and one for all that lies before 2000.
enum LocationPartitions {
    /// A partition by its place in time.
    struct Month: Hashable {
        /// Months since January 2000; −1 for all that lies before.
        let number: Int

        init(_ time: Timestamp) {
            let (year, month, _) = time.day.components
            number = max((year - 2000) * 12 + month - 1, -1)
        }

        var name: String {
            guard number >= 0 else { return "location_before_2000" }
            let month = number % 12 + 1
            return "location_\(2000 + number / 12)_\(month < 10 ? "0" : "")\(month)"
        }

        /// The first moment of the month that comes `offset` months later.
        func start(offset: Int = 0) -> PostgresTimestamp {
            let months = number + offset
            // Behind December 9999 there is nothing that could be stored.
            let date = CalendarDate(year: 2000 + months / 12, month: months % 12 + 1, day: 1)
            return PostgresTimestamp(microsecondsSince1970: date?.microseconds ?? .max)
        }
    }

    /// Makes the partitions of some moments that are missing.
    ///
    /// A table is made beside the partitioned one and attached, which does not lock out those who read and write.
    static func create(for times: some Sequence<Timestamp>, on connection: PostgresConnection) async throws {
        let months = Set(times.lazy.map(Month.init))
        guard !months.isEmpty else { return }
        let existing = Set(
            try await connection.query(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'location'::regclass"
            ).column(String.self)
        )
        for month in months.sorted(by: { $0.number < $1.number }) where !existing.contains(month.name) {
            try await create(month, on: connection)
        }
    }

    private static func create(_ month: Month, on connection: PostgresConnection) async throws {
        try await connection.execute("SELECT pg_advisory_xact_lock(\(AdvisoryLock.partition))")
        let isThere = try await connection.query("SELECT to_regclass(\(month.name)) IS NOT NULL").single(Bool.self)
        guard !isThere else { return }
        try await connection.execute(
            "CREATE TABLE \(identifier: month.name) (LIKE location INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )
        let bounds: PostgresQuery =
            month.number < 0
            ? "(MINVALUE) TO (\(literal: Month(Timestamp(microseconds: 946_684_800_000_000)).start()))"
            : "(\(literal: month.start())) TO (\(literal: month.start(offset: 1)))"
        try await connection.execute(
            "ALTER TABLE location ATTACH PARTITION \(identifier: month.name) FOR VALUES FROM \(fragment: bounds)"
        )
    }
}
