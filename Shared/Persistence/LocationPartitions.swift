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
    }

    /// Makes the partitions of some moments that are missing, by a function of the owner's.
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
