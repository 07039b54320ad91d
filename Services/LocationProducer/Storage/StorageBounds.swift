import ServiceRuntime

/// When there is too little room for more locations.
///
/// Two measures, because location-producer cannot see the disk of a database on another machine: there it is the size of
/// the database that is bounded.
struct StorageBounds: Equatable, Sendable {
    /// A file or folder on the disk whose free space is measured; not measured if `nil`.
    var path: String?
    /// The least free bytes of that disk.
    var leastFree = 0
    /// The most bytes of the database; not measured if `nil`.
    var largestDatabase: Int?

    /// Whether a measurement shows too little room; a missing measurement counts as enough.
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
                "A folder on the database's disk, if that is this machine's; locations are refused below DISK_FREE_MIN."
            ),
            leastFree: reader.bytes(
                "DISK_FREE_MIN",
                default: 1 << 30,
                in: 1 << 20...1 << 50,
                "The least free space on the disk of DISK_PATH."
            ),
            largestDatabase: reader.optionalBytes(
                "DATABASE_SIZE_MAX",
                in: 64 << 20...1 << 50,
                "Size of the database from which on locations are refused; leave room on its disk for PostgreSQL's log."
            )
        )
    }
}
