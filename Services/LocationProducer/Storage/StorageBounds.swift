import ServiceRuntime

/// The bounds below which location-producer rejects locations.
///
/// There are two measurements, because location-producer cannot see the disk of a database on another machine. There
/// the size of the database is bounded.
struct StorageBounds: Equatable, Sendable {
    /// A path on the disk whose free space is measured; not measured if `nil`.
    var path: String?
    /// The minimum of free bytes on that disk.
    var leastFree = 0
    /// The maximum size of the database in bytes; not measured if `nil`.
    var largestDatabase: Int?

    /// Whether a measurement exceeds its bound; a missing measurement does not.
    func areExceeded(free: Int?, database: Int?) -> Bool {
        if let free, free < leastFree { return true }
        if let database, let largestDatabase, database > largestDatabase { return true }
        return false
    }
}

extension StorageBounds {
    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        self.init(
            path: reader.optionalString(
                "DISK_PATH",
                "Path on the database's disk, if it is on this machine; locations are rejected below DISK_FREE_MIN."
            ),
            leastFree: reader.bytes(
                "DISK_FREE_MIN",
                default: 1 << 30,
                in: 1 << 20...1 << 50,
                "Minimum of free space on the disk of DISK_PATH."
            ),
            largestDatabase: reader.optionalBytes(
                "DATABASE_SIZE_MAX",
                in: 64 << 20...1 << 50,
                "Maximum size of the database, beyond which locations are rejected; leave room for PostgreSQL's write-ahead log."
            )
        )
    }
}
