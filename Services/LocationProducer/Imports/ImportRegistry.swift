import Models
import Persistence

/// Keeps how far imports have come.
protocol ImportRegistry: Sendable {
    /// Begins an import; one that failed, or shows no progress, begins again.
    func begin(_ item: LocationImport, of person: PersonID) async throws -> ImportStore.Beginning
    /// Stores how far an import has come; `false` if it is the person's no more.
    func note(_ item: LocationImport, of person: PersonID, digest: [UInt8]?) async throws -> Bool
    /// A person's imports, the latest first; `nil` if there is no such person.
    func imports(of person: PersonID) async throws -> [LocationImport]?
    /// One of a person's imports.
    func item(_ id: ImportID, of person: PersonID) async throws -> LocationImport?
}

extension ImportStore: ImportRegistry {}
