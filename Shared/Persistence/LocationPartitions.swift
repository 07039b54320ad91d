internal import Models
internal import Postgres

/// The partitions of `location`: one per calendar month (UTC), and one for everything before 2000.
enum LocationPartitions {
    /// The partition of a month.
    struct Month: Hashable {
        /// Months since January 2000; −1 for everything before.
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
    }

    /// Creates the missing partitions for some times, by a function that runs with the owner's rights.
    static func create(for times: some Sequence<Timestamp>, on connection: PostgresConnection) async throws {
        let months = Set(times.lazy.map(Month.init))
        guard !months.isEmpty else { return }
        let existing = Set(
            try await connection.query(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'location'::regclass"
            ).column(String.self)
        )
        for month in months.sorted(by: { $0.number < $1.number }) where !existing.contains(month.name) {
            try await connection.query("SELECT create_location_partition(\(Int32(month.number)))::text")
        }
    }
}
