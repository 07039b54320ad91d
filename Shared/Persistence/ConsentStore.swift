package import Models
package import Postgres

/// The consents in the database.
package struct ConsentStore: Sendable {
    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// A person's consents; `nil` if no person has this number.
    package func consents(of person: PersonID) async throws -> Consents? {
        let found = try await all(of: [person])[person]
        if let found { return found }
        let exists = try await client.query("SELECT EXISTS (SELECT FROM person WHERE id = \(person))").single(Bool.self)
        return exists ? Consents() : nil
    }

    /// The consents of some persons; persons without any are missing.
    package func all(of persons: [PersonID]) async throws -> [PersonID: Consents] {
        try await decode(
            client.query(
                """
                SELECT person_id, purpose, changed_at FROM consent
                WHERE is_given AND text_version = \(ConsentPurpose.textVersion)
                    AND person_id = ANY(\(persons.map(\.rawValue)))
                """
            )
        )
    }

    /// The consents of all persons; persons without any are missing.
    ///
    /// About 200 bytes a person.
    package func all() async throws -> [PersonID: Consents] {
        try await decode(
            client.query(
                """
                SELECT person_id, purpose, changed_at FROM consent
                WHERE is_given AND text_version = \(ConsentPurpose.textVersion)
                """
            )
        )
    }

    /// The persons who agree to a purpose; 16 bytes each.
    package func persons(agreeingTo purpose: ConsentPurpose) async throws -> Set<PersonID> {
        Set(
            try await client.query(
                """
                SELECT person_id FROM consent
                WHERE purpose = \(purpose.rawValue) AND is_given AND text_version = \(ConsentPurpose.textVersion)
                """
            ).column(PersonID.self)
        )
    }

    /// Gives and withdraws consents; a consent that already holds keeps its time.
    ///
    /// - Parameters:
    ///   - changes: whether each purpose is agreed to; others stay.
    ///   - person: the person.
    /// - Returns: whether the person exists.
    /// - Throws: `PostgresError`.
    package func change(_ changes: [ConsentPurpose: Bool], of person: PersonID) async throws -> Bool {
        try await client.withTransaction { connection in
            let persons = try await connection.query("SELECT id FROM person WHERE id = \(person) FOR KEY SHARE")
            guard persons.count == 1 else { return false }
            for (purpose, isGiven) in changes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                try await connection.execute(
                    """
                    INSERT INTO consent AS old (person_id, purpose, is_given, text_version)
                    VALUES (\(person), \(purpose.rawValue), \(isGiven), \(ConsentPurpose.textVersion))
                    ON CONFLICT (person_id, purpose) DO UPDATE
                        SET is_given = excluded.is_given, text_version = excluded.text_version, changed_at = now()
                        WHERE (old.is_given, old.text_version) <> (excluded.is_given, excluded.text_version)
                    """
                )
            }
            return true
        }
    }

    /// Listens for persons whose consents or pauses change.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func changes() throws -> ChangeFeed<PersonID> {
        try ChangeFeed(of: "consent_changed", in: client) { Int32($0).flatMap { PersonID(rawValue: $0) } }
    }

    private func decode(_ rows: PostgresRows) throws -> [PersonID: Consents] {
        var all: [PersonID: Consents] = [:]
        for (person, name, time) in try rows.decode(PersonID.self, String.self, PostgresTimestamp.self) {
            guard let purpose = ConsentPurpose(rawValue: name) else { continue }
            all[person, default: Consents()].since[purpose] = Timestamp(time)
        }
        return all
    }
}
