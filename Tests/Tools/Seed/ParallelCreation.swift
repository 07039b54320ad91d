/// Creates things by single requests, several at once.
struct ParallelCreation: Sendable {
    /// Creates things.
    ///
    /// - Parameters:
    ///   - things: the things to create.
    ///   - create: the request that creates one.
    ///   - progress: receives the number of created things after each one.
    /// - Returns: the results in the order of the things.
    /// - Throws: the error of the first failed request; things created before it remain.
    func run<Thing: Sendable, Created: Sendable>(
        _ things: [Thing],
        create: @escaping @Sendable (Thing) async throws -> Created,
        progress: (Int) -> Void
    ) async throws -> [Created] {
        try await withThrowingTaskGroup(of: (Int, Created).self) { group in
            var results = [Created?](repeating: nil, count: things.count)
            var created = 0
            for (index, thing) in things.enumerated() {
                if index >= LocationUpload.requestsInFlight, let (index, result) = try await group.next() {
                    results[index] = result
                    created += 1
                    progress(created)
                }
                group.addTask { (index, try await create(thing)) }
            }
            for try await (index, result) in group {
                results[index] = result
                created += 1
                progress(created)
            }
            return results.compactMap(\.self)
        }
    }
}
