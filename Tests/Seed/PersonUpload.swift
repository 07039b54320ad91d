import Models

/// Creates persons, several at once.
struct PersonUpload: Sendable {
    let client: UdaConnectClient

    /// Creates persons.
    ///
    /// - Parameters:
    ///   - persons: who is to be created.
    ///   - progress: is told how many exist after each.
    /// - Returns: their numbers in the same order.
    /// - Throws: ``SeedError`` for the first that cannot be created; those before it stay.
    func run(_ persons: [PersonDetails], progress: (Int) -> Void) async throws -> [PersonID] {
        try await withThrowingTaskGroup(of: (Int, PersonID).self) { group in
            var identifiers = [PersonID?](repeating: nil, count: persons.count)
            var created = 0
            for (index, person) in persons.enumerated() {
                if index >= LocationUpload.requestsInFlight, let (index, id) = try await group.next() {
                    identifiers[index] = id
                    created += 1
                    progress(created)
                }
                group.addTask { (index, try await client.createPerson(person)) }
            }
            for try await (index, id) in group {
                identifiers[index] = id
                created += 1
                progress(created)
            }
            return identifiers.compactMap(\.self)
        }
    }
}
