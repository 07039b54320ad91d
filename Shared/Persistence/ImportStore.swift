import JSON
package import Models
package import Postgres

/// The imports of persons in the database.
package struct ImportStore: Sendable {
    /// What became of the beginning of an import.
    package enum Beginning: Equatable, Sendable {
        /// It may be read.
        case begun
        /// An import of this id is being read.
        case running
        /// An import of this id was read to its end; the digest is that of its file.
        case done(LocationImport, digest: [UInt8])
        /// There is no such person.
        case noSuchPerson
    }

    /// The most imports of a person that are kept; the oldest go first.
    package static let maximumPerPerson = 100

    private let client: PostgresClient

    /// A store in a database whose schema is up to date.
    package init(client: PostgresClient) {
        self.client = client
    }

    /// Begins an import; one that failed, or shows no progress, begins again.
    package func begin(_ item: LocationImport, of person: PersonID) async throws -> Beginning {
        let expired = Timestamp(microseconds: item.startedAt.microseconds - LocationImport.patience).postgres
        do {
            return try await client.withTransaction { try await Self.begin(item, of: person, expired, on: $0) }
        } catch let error as PostgresError where error.sqlState == .foreignKeyViolation {
            return .noSuchPerson
        }
    }

    private static func begin(
        _ item: LocationImport,
        of person: PersonID,
        _ expired: PostgresTimestamp,
        on connection: PostgresConnection
    ) async throws -> Beginning {
        let count = try await connection.execute(
            """
            INSERT INTO location_import AS stored (person_id, id, state, started_at, updated_at)
            VALUES (\(person), \(item.id.text), 'running', \(item.startedAt.postgres), \(item.startedAt.postgres))
            ON CONFLICT (person_id, id) DO UPDATE SET
                state = 'running', format = NULL, bytes = 0, accepted = 0, rejected = 0, skipped = 0, issues = '[]',
                failure = NULL, digest = NULL,
                started_at = excluded.started_at, updated_at = excluded.updated_at
            WHERE stored.state = 'failed' OR stored.state = 'running' AND stored.updated_at < \(expired)
            """
        )
        if count == 1 {
            try await connection.execute(
                """
                DELETE FROM location_import WHERE person_id = \(person) AND id IN (
                    SELECT id FROM location_import WHERE person_id = \(person)
                    ORDER BY started_at DESC, id OFFSET \(Self.maximumPerPerson)
                )
                """
            )
            return .begun
        }
        let rows = try await connection.query(
            "SELECT digest FROM location_import WHERE person_id = \(person) AND id = \(item.id.text)"
        )
        guard let digest = try rows.decode([UInt8]?.self).first ?? nil,
            let known = try await Self.imports(of: person, only: item.id, on: connection).first
        else { return .running }
        return .done(known, digest: digest)
    }

    /// Stores how far an import has come.
    ///
    /// - Parameters:
    ///   - item: the import; ``LocationImport/startedAt`` tells it from a later attempt.
    ///   - person: whose it is.
    ///   - digest: of the whole file, if it was read to its end.
    /// - Returns: `false` if the person was erased, or another process has begun the import again.
    /// - Throws: `PostgresError`.
    package func note(_ item: LocationImport, of person: PersonID, digest: [UInt8]?) async throws -> Bool {
        var writer = JSONWriter()
        LocationImport.write(item.issues, to: &writer)
        let issues = String(decoding: writer.bytes, as: UTF8.self)
        return try await client.execute(
            """
            UPDATE location_import SET
                state = \(item.state.rawValue), format = \(item.format?.rawValue), bytes = \(item.bytes),
                accepted = \(item.accepted), rejected = \(item.rejected), skipped = \(item.skipped),
                issues = \(issues), failure = \(item.failure), digest = \(digest),
                updated_at = \(item.updatedAt.postgres)
            WHERE person_id = \(person) AND id = \(item.id.text) AND started_at = \(item.startedAt.postgres)
            """
        ) == 1
    }

    /// A person's imports, the latest first; `nil` if there is no such person.
    package func imports(of person: PersonID) async throws -> [LocationImport]? {
        try await client.withConnection { connection in
            let imports = try await Self.imports(of: person, only: nil, on: connection)
            if !imports.isEmpty { return imports }
            return try await PersonStore.existing(of: [person], on: connection).isEmpty ? nil : []
        }
    }

    /// One of a person's imports.
    package func item(_ id: ImportID, of person: PersonID) async throws -> LocationImport? {
        try await client.withConnection { try await Self.imports(of: person, only: id, on: $0).first }
    }

    private static func imports(
        of person: PersonID,
        only id: ImportID?,
        on connection: PostgresConnection
    ) async throws -> [LocationImport] {
        let condition: PostgresQuery = id.map { "id = \($0.text)" } ?? "true"
        let rows = try await connection.query(
            """
            SELECT id, state, format, bytes, accepted, rejected, skipped, issues, failure, started_at, updated_at
            FROM location_import WHERE person_id = \(person) AND \(fragment: condition)
            ORDER BY started_at DESC, id
            """
        ).decode(
            String.self,
            String.self,
            String?.self,
            Int.self,
            Int.self,
            Int.self,
            Int.self,
            String.self,
            String?.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self
        )
        return try rows.map { id, state, format, bytes, accepted, rejected, skipped, issues, failure, start, update in
            guard let id = ImportID(id), let state = LocationImport.State(rawValue: state) else {
                throw PostgresError(.decoding, "A stored import has an id or a state that none can have.")
            }
            var item = LocationImport(id: id, startedAt: Timestamp(start))
            item.state = state
            item.format = format.flatMap(LocationImport.Format.init)
            (item.bytes, item.accepted, item.rejected, item.skipped) = (bytes, accepted, rejected, skipped)
            item.issues = try LocationImport.readIssues(from: Array(issues.utf8))
            item.failure = failure
            item.updatedAt = Timestamp(update)
            return item
        }
    }
}
