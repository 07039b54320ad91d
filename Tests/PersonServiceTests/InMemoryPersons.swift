import Credentials
import HTTPServer
import Models
import Persistence
import Postgres
import RESTTestSupport
import Synchronization

@testable import PersonService

/// Persons in a dictionary.
final class InMemoryPersons: PersonRepository {
    private struct State {
        var persons: [PersonID: Person] = [:]
        var nextID: Int32 = 1
        var failure: (any Error)?
        var receipts: Set<TokenDigest> = []
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

    func persons(matching search: PersonStore.Search, after: PersonID?, limit: Int) async throws -> [Person] {
        try check()
        state.withLock { $0.largestLimit = max($0.largestLimit, limit) }
        return Array(matching(search).filter { person in after.map { person.id > $0 } ?? true }.prefix(limit))
    }

    func count(matching search: PersonStore.Search) async throws -> Int {
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

    func erase(_ id: PersonID, receipt: TokenDigest?) async throws -> Bool {
        try check()
        return state.withLock { state in
            guard state.persons.removeValue(forKey: id) != nil else { return false }
            if let receipt { state.receipts.insert(receipt) }
            return true
        }
    }

    func receipt(_ code: TokenDigest) async throws -> ErasureReceipt? {
        try check()
        guard state.withLock({ $0.receipts.contains(code) }) else { return nil }
        return ErasureReceipt(
            erasedAt: Timestamp(microseconds: 1_777_888_800_000_000),
            locations: 7,
            devices: 1,
            deadLetters: 0,
            messages: 3,
            isKafka: true
        )
    }

    private func matching(_ search: PersonStore.Search) -> [Person] {
        search.isDirectory ? [] : all.filter { search.text.map($0.details.firstName.contains) ?? true }
    }

    private func check() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}

extension APIUnderTest {
    /// person-service over some persons and devices.
    init(
        _ persons: InMemoryPersons,
        _ devices: InMemoryDevices = InMemoryDevices(),
        isIDEnough: Bool = true
    ) throws {
        let routes = PersonRoutes(
            persons: persons,
            devices: devices,
            consents: InMemoryConsents(persons),
            notes: PersonNoteStore(client: .unreachable),
            contacts: ContactStore(client: .unreachable),
            pauses: InMemoryPauses(persons),
            events: InMemoryEvents(),
            addresses: PhoneAddresses(base: "https://event.example/", osmand: "http://event.example:30005"),
            isIDEnough: isIDEnough,
            digest: nil,
            retention: RetentionTimes(kafka: .seconds(86_400), backups: .seconds(2 * 86_400))
        )
        try self.init(routes.router, openAPI: PackageResources.openapi_json)
    }
}

extension PostgresClient {
    /// A client without a server, for tests that need no database.
    static let unreachable = PostgresClient(
        configuration: PostgresConfiguration(host: "/nonexistent", user: "tests", database: "none")
    )
}

/// Consents in a dictionary, all given at 1970-01-01.
final class InMemoryConsents: ConsentRepository {
    private let persons: InMemoryPersons
    private let given = Mutex<[PersonID: Set<ConsentPurpose>]>([:])

    init(_ persons: InMemoryPersons) {
        self.persons = persons
    }

    func consents(of person: PersonID) async throws -> Consents? {
        guard try await persons.person(person) != nil else { return nil }
        let given = given.withLock { $0[person] ?? [] }
        let start = Timestamp(microseconds: 0)
        return Consents(since: Dictionary(uniqueKeysWithValues: given.map { ($0, start) }))
    }

    func change(_ changes: [ConsentPurpose: Bool], of person: PersonID) async throws -> Bool {
        guard try await persons.person(person) != nil else { return false }
        given.withLock { given in
            for (purpose, isGiven) in changes {
                if isGiven { given[person, default: []].insert(purpose) } else { given[person]?.remove(purpose) }
            }
        }
        return true
    }
}

/// Pauses in a dictionary, all begun at 1970-01-01; each forgetting removes as many locations as it has minutes.
final class InMemoryPauses: PauseRepository {
    private let persons: InMemoryPersons
    private let pauses = Mutex<[PersonID: Pause]>([:])

    init(_ persons: InMemoryPersons) {
        self.persons = persons
    }

    func current(of person: PersonID) async throws -> Pause?? {
        guard try await persons.person(person) != nil else { return nil }
        return .some(pauses.withLock { $0[person] })
    }

    func begin(_ person: PersonID, minutes: Int?) async throws -> Bool {
        let end = minutes.map { Timestamp(microseconds: Int64($0) * 60_000_000) }
        pauses.withLock { $0[person] = Pause(begins: Timestamp(microseconds: 0), ends: end) }
        return try await persons.person(person) != nil
    }

    func end(_ person: PersonID) async throws -> Bool {
        pauses.withLock { $0[person] = nil }
        return try await persons.person(person) != nil
    }

    func forget(minutes: Int, of person: PersonID) async throws -> Int? {
        try await persons.person(person) == nil ? nil : minutes
    }
}
