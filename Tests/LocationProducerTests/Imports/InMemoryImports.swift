import Models
import Persistence
import Synchronization

@testable import LocationProducer

/// Imports in a dictionary, as the database keeps them.
final class InMemoryImports: ImportRegistry {
    private struct Key: Hashable {
        let person: PersonID
        let id: ImportID
    }

    private struct State {
        var items: [Key: LocationImport] = [:]
        var digests: [Key: [UInt8]] = [:]
        var noted: [LocationImport] = []
    }

    private let unknown: Set<Int32>
    private let state = Mutex(State())

    /// - Parameter unknown: the numbers of persons who do not exist.
    init(unknown: Set<Int32> = []) {
        self.unknown = unknown
    }

    /// Every state that was stored.
    var noted: [LocationImport] { state.withLock { $0.noted } }

    /// Loses all imports, as if their persons were erased.
    func clear() {
        state.withLock { $0.items = [:] }
    }

    func begin(_ item: LocationImport, of person: PersonID) async throws -> ImportStore.Beginning {
        guard !unknown.contains(person.rawValue) else { return .noSuchPerson }
        let key = Key(person: person, id: item.id)
        return state.withLock { state in
            if let known = state.items[key], known.seen(at: item.startedAt).state != .failed {
                guard let digest = state.digests[key] else { return .running }
                return .done(known, digest: digest)
            }
            state.items[key] = item
            return .begun
        }
    }

    func note(_ item: LocationImport, of person: PersonID, digest: [UInt8]?) async throws -> Bool {
        let key = Key(person: person, id: item.id)
        return state.withLock { state in
            guard state.items[key]?.startedAt == item.startedAt else { return false }
            state.items[key] = item
            state.digests[key] = digest
            state.noted.append(item)
            return true
        }
    }

    func imports(of person: PersonID) async throws -> [LocationImport]? {
        guard !unknown.contains(person.rawValue) else { return nil }
        return state.withLock { state in
            state.items.filter { $0.key.person == person }.map(\.value).sorted { $0.startedAt > $1.startedAt }
        }
    }

    func item(_ id: ImportID, of person: PersonID) async throws -> LocationImport? {
        state.withLock { $0.items[Key(person: person, id: id)] }
    }
}
