package import Models

extension PersonStore {
    /// Listens for erased persons.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func erasures() throws -> ChangeFeed<PersonID> {
        try ChangeFeed(of: "person_erased", in: client) { Int32($0).flatMap { PersonID(rawValue: $0) } }
    }
}
