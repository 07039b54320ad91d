import Models
import Persistence

/// Stores the progress of imports.
protocol ImportRegistry: Sendable {
    /// Starts an import. A failed import, or one without progress, starts again.
    func begin(_ item: LocationImport, of person: PersonID) async throws -> ImportStore.Beginning
    /// Stores the progress of an import; `false` if it no longer belongs to the person.
    func note(_ item: LocationImport, of person: PersonID, digest: [UInt8]?) async throws -> Bool
    /// A person's imports, the latest first; `nil` if the person does not exist.
    func imports(of person: PersonID) async throws -> [LocationImport]?
    /// One of a person's imports.
    func item(_ id: ImportID, of person: PersonID) async throws -> LocationImport?
}

extension ImportStore: ImportRegistry {}
