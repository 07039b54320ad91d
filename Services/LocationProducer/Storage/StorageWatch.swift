import Concurrency
import Glibc
import Observability
import Persistence

/// Measures the room for more locations every five seconds.
struct StorageWatch: Sendable {
    private let bounds: StorageBounds
    private let level: StorageLevel
    private let database: DatabaseSize
    private let logger: Logger
    private let isLow: Gauge
    private let freeBytes: Gauge
    private let databaseBytes: Gauge

    init(
        _ bounds: StorageBounds,
        _ level: StorageLevel,
        _ database: DatabaseSize,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.bounds = bounds
        self.level = level
        self.database = database
        self.logger = logger
        isLow = metrics.gauge("storage_is_low", "1 while locations are rejected because the disk is nearly full.")
        freeBytes = metrics.gauge("disk_free_bytes", "Free space on the disk of DISK_PATH; 0 without that setting.")
        databaseBytes = metrics.gauge("database_size_bytes", "Size of the database; 0 without DATABASE_SIZE_MAX.")
        metrics.gauge("disk_free_min_bytes", "DISK_FREE_MIN; 0 without DISK_PATH.")
            .set(Double(bounds.path == nil ? 0 : bounds.leastFree))
        metrics.gauge("database_size_max_bytes", "DATABASE_SIZE_MAX; 0 without that setting.")
            .set(Double(bounds.largestDatabase ?? 0))
    }

    /// Runs until it is cancelled.
    func run() async throws {
        guard bounds.path != nil || bounds.largestDatabase != nil else { return try await idle() }
        while true {
            await measure()
            try await Task.sleep(for: .seconds(5))
        }
    }

    /// Measures once.
    ///
    /// A failed measurement changes nothing: an unavailable database accepts no locations anyway.
    func measure() async {
        let free = bounds.path.flatMap(Self.freeBytes)
        let size = bounds.largestDatabase == nil ? nil : try? await database.bytes()
        if let free { freeBytes.set(Double(free)) }
        if let size { databaseBytes.set(Double(size)) }
        guard free != nil || size != nil else { return }
        let isExceeded = bounds.areExceeded(free: free, database: size)
        isLow.set(isExceeded ? 1 : 0)
        guard level.note(isLow: isExceeded) else { return }
        if isExceeded {
            logger.error("Rejecting locations: the disk is nearly full")
        } else {
            logger.info("Accepting locations again: the disk has room")
        }
    }

    /// The bytes that an ordinary user may still write to the disk of a path; `nil` if unknown.
    private static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    private func idle() async throws {
        try await sleepUntilCancelled()
    }
}
