import HTTPServer
import Models
import RESTTestSupport
import Synchronization

@testable import PersonService

/// Persons in a dictionary.
final class InMemoryPersons: PersonRepository {
    private struct State {
        var persons: [PersonID: Person] = [:]
        var nextID: Int32 = 1
        var failure: (any Error)?
        var largestLimit = 0
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - names: the first names of the existing persons, numbered from 1.
    ///   - failure: the error that every call throws.
    /// - Throws: `FieldErrors` if a name is invalid.
    init(_ names: [String] = [], failure: (any Error)? = nil) throws {
        var state = State(failure: failure)
        for name in names {
            let details = try PersonDetails(firstName: name, lastName: "Example", companyName: "Acme")
            if let id = PersonID(rawValue: state.nextID) { state.persons[id] = Person(id: id, details: details) }
            state.nextID += 1
        }
        self.state = Mutex(state)
    }

    var all: [Person] { state.withLock { $0.persons.values.sorted { $0.id < $1.id } } }
    /// The largest number of persons of one call.
    var largestLimit: Int { state.withLock { $0.largestLimit } }

    func persons(matching search: String?, after: PersonID?, limit: Int) async throws -> [Person] {
        try check()
        state.withLock { $0.largestLimit = max($0.largestLimit, limit) }
        return Array(matching(search).filter { person in after.map { person.id > $0 } ?? true }.prefix(limit))
    }

    func count(matching search: String?) async throws -> Int {
        try check()
        return matching(search).count
    }

    func person(_ id: PersonID) async throws -> Person? {
        try check()
        return state.withLock { $0.persons[id] }
    }

    func create(_ details: PersonDetails) async throws -> Person {
        try check()
        return try state.withLock { state in
            guard let id = PersonID(rawValue: state.nextID) else { throw CancellationError() }
            state.nextID += 1
            let person = Person(id: id, details: details)
            state.persons[id] = person
            return person
        }
    }

    func replace(_ person: Person) async throws -> Bool {
        try check()
        return state.withLock { state in
            guard state.persons[person.id] != nil else { return false }
            state.persons[person.id] = person
            return true
        }
    }

    func erase(_ id: PersonID) async throws -> Bool {
        try check()
        return state.withLock { $0.persons.removeValue(forKey: id) != nil }
    }

    private func matching(_ search: String?) -> [Person] {
        all.filter { search.map($0.details.firstName.contains) ?? true }
    }

    private func check() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}

extension APIUnderTest {
    /// person-service over some persons and devices.
    init(_ persons: InMemoryPersons, _ devices: InMemoryDevices = InMemoryDevices()) throws {
        let routes = PersonRoutes(
            persons: persons,
            devices: devices,
            events: InMemoryEvents(),
            addresses: PhoneAddresses(base: "https://event.example/", osmand: "http://event.example:30005"),
            digest: nil
        )
        try self.init(routes.router, openAPI: PackageResources.openapi_json)
    }
}
