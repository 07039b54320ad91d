import Models

/// The names of the persons in an answer, read on demand and cached in at most 128 KiB for its next pages.
struct PersonNames {
    private static let capacity = 128 << 10

    private let read: @Sendable ([PersonID]) async throws -> [PersonID: Person]
    private var known: [PersonID: Person] = [:]
    private var size = 0

    /// - Parameter read: reads persons; unknown ids are missing from the result.
    init(_ read: @escaping @Sendable ([PersonID]) async throws -> [PersonID: Person]) {
        self.read = read
    }

    /// Returns the persons who exist; reads those that are missing in the given order.
    mutating func persons(_ ids: some Sequence<PersonID>) async throws -> [PersonID: Person] {
        var wanted: Set<PersonID> = []
        let missing = ids.filter { wanted.insert($0).inserted && known[$0] == nil }
        var persons = known.filter { wanted.contains($0.key) }
        guard !missing.isEmpty else { return persons }
        let found = try await read(missing)
        persons.merge(found) { first, _ in first }
        let added = found.values.reduce(0) { $0 + $1.size }
        if size + added > Self.capacity { (known, size) = ([:], 0) }
        guard added <= Self.capacity else { return persons }
        known.merge(found) { first, _ in first }
        size += added
        return persons
    }
}

extension Person {
    /// Approximate memory in bytes.
    fileprivate var size: Int {
        let texts = [details.firstName, details.lastName, details.companyName]
        return MemoryLayout<Person>.stride + texts.reduce(0) { $0 + $1.utf8.count + 32 }
    }
}
