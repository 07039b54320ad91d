import HTTPServer
import Models
import RESTContract

/// Filters a list of people by `name` and `company`.
struct PersonFilter {
    private let name: String?
    private let company: String?

    /// Reads the parameters; `nil` if both are missing.
    init?(_ query: QueryParameters) throws(Problem) {
        name = try query.optional("name", as: SearchText.self)?.text.lowercased()
        company = try query.optional("company", as: SearchText.self)?.text
        if name == nil, company == nil { return nil }
    }

    /// The persons who match.
    ///
    /// Their names are read in batches.
    ///
    /// - Parameters:
    ///   - persons: the persons to filter.
    ///   - read: reads persons.
    /// - Returns: the persons who match.
    /// - Throws: any error of `read`.
    func matches(
        _ persons: Set<PersonID>,
        read: ([PersonID]) async throws -> [PersonID: Person]
    ) async throws -> Set<PersonID> {
        let all = Array(persons)
        var wanted: Set<PersonID> = []
        for start in stride(from: 0, to: all.count, by: AnswersInProgress.rowsAtOnce) {
            let part = try await read(Array(all[start...].prefix(AnswersInProgress.rowsAtOnce)))
            wanted.formUnion(part.values.lazy.filter(isWanted).map(\.id))
        }
        return wanted
    }

    private func isWanted(_ person: Person) -> Bool {
        let details = person.details
        if let company, details.companyName != company { return false }
        guard let name else { return true }
        return "\(details.firstName) \(details.lastName)".lowercased().contains(name)
    }
}
