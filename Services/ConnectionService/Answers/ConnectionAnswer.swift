import JSON
import Models
import Proximity

/// The unsent contacts of an answer: a page of them, and the search for the next one.
struct ConnectionAnswer {
    private var page: [Contact]
    private var sent = 0
    private var search: ContactSearch
    private var names: PersonNames

    /// Starts with the first page and the search for the next one.
    init(_ first: [Contact], _ search: ContactSearch, _ names: PersonNames) {
        page = first
        self.search = search
        self.names = names
    }

    /// Writes the next contacts as elements of an array.
    ///
    /// - Parameters:
    ///   - writer: receives them.
    ///   - locations: finds the next page.
    ///   - limit: the size of a page.
    /// - Returns: whether there may be more.
    /// - Throws: an error of the repository.
    mutating func write(
        to writer: inout JSONWriter,
        _ locations: some LocationRepository,
        _ limit: Int
    ) async throws -> Bool {
        if sent == page.count {
            guard !search.isOver else { return false }
            // The current page is released before the search for the next one.
            (page, sent) = ([], 0)
            page = try await locations.nextContacts(of: &search, limit: limit)
        }
        let part = page[sent...].prefix(AnswersInProgress.rowsAtOnce)
        let persons = try await names.persons(part.map(\.location.report.personID))
        for contact in part {
            // A person erased since the search has no row.
            guard let person = persons[contact.location.report.personID] else { continue }
            Connection(location: contact.location, person: person).write(to: &writer)
        }
        sent = part.endIndex
        return true
    }
}
