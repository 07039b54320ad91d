/// The numbers of the database's advisory locks.
enum AdvisoryLock {
    /// Held while the schema is migrated: services start at the same time.
    static let migration: Int64 = 0x7564_6101
    /// Held while the function `create_location_partition`, which has the number in decimal, creates a partition of
    /// `location`.
    static let partition: Int64 = 0x7564_6102
    /// Shared by transactions that store locations of existing persons; exclusive in the function `erase_person`.
    static let erasure: Int64 = 0x7564_6103
    // 0x7564_6157 is held by the only export of `Services/Warehouse`.
    /// Held by the session of the only process that publishes domain events.
    static let publication: Int64 = 0x7564_6104
    /// Held while events become deliveries, so that deliveries to one endpoint are numbered in the order of the events.
    static let dispatch: Int64 = 0x7564_6105
    /// Held by the session of the only process that makes daily reports.
    static let reports: Int64 = 0x7564_6106
    /// Held by the session of the only process that finds nudges.
    static let nudges: Int64 = 0x7564_6107
    /// Held while a browser subscribes, so that requests of a person at the same time cannot exceed the maximum number.
    static let push: Int64 = 0x7564_6108
}
