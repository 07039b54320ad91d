/// The advisory locks of the database, each number once.
enum AdvisoryLock {
    /// Held while the schema is brought up to date: services start at the same time.
    static let migration: Int64 = 0x7564_6101
    /// Held while a partition of `location` is made, by the function `create_location_partition`, which has it in decimal.
    static let partition: Int64 = 0x7564_6102
    /// Shared by transactions that store locations of persons that exist, exclusive to one that erases a person,
    /// which is the function `erase_person`.
    static let erasure: Int64 = 0x7564_6103
}
