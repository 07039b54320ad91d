import JSON
import Models
import Proximity

/// The contacts of an answer that are yet to be sent: a page of them, and the search for the next.
struct ConnectionAnswer {
    private var page: [Contact]
    private var sent = 0
    private var search: ContactSearch
    private var names: PersonNames

    /// Begins with the first page, behind which the search goes on.
    init(_ first: [Contact], _ search: ContactSearch, _ names: PersonNames) {
        page = first
        self.search = search
        self.names = names
    }

    /// Writes some more contacts, as elements of an array.
    ///
    /// - Parameters:
    ///   - writer: takes them.
    ///   - locations: where the next page is found.
    ///   - limit: how many contacts a page has.
    /// - Returns: whether there may be more.
    /// - Throws: what the repository throws.
    mutating func write(
        to writer: inout JSONWriter,
        _ locations: some LocationRepository,
        _ limit: Int
    ) async throws -> Bool {
        if sent == page.count {
            guard !search.isOver else { return false }
            // The next page is searched for without this one in memory.
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
