package import Credentials
package import Models
package import Postgres

/// The persons in the database.
package struct PersonStore: Sendable {
    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Which persons a list has.
    package struct Search: Sendable {
        /// Text that names or company contain, in any case; all persons if `nil`.
        package var text: String?
        /// Whether only persons are listed who have consented to be in the directory.
        package var isDirectory: Bool

        package init(text: String?, isDirectory: Bool = false) {
            self.text = text
            self.isDirectory = isDirectory
        }
    }

    /// Returns a page of persons, ordered by number.
    ///
    /// - Parameters:
    ///   - search: which persons.
    ///   - after: the page starts after this number.
    ///   - limit: the maximum size of the page.
    /// - Returns: the persons; empty after the last.
    /// - Throws: `PostgresError`.
    package func persons(matching search: Search, after: PersonID?, limit: Int) async throws -> [Person] {
        let rows = try await client.query(
            """
            SELECT id, first_name, last_name, company_name FROM person
            WHERE id > \(after?.rawValue ?? 0) AND \(fragment: Self.condition(search))
            ORDER BY id LIMIT \(limit)
            """
        )
        return try Self.decode(rows)
    }

    /// Counts the persons who match a search.
    package func count(matching search: Search) async throws -> Int {
        try await client.query("SELECT count(*) FROM person WHERE \(fragment: Self.condition(search))").single(Int.self)
    }

    /// Finds a person.
    package func person(_ id: PersonID) async throws -> Person? {
        try await client.withConnection { try await Self.persons([id], on: $0)[id] }
    }

    /// Finds several persons; unknown numbers are missing from the result.
    package func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        guard !ids.isEmpty else { return [:] }
        return try await client.withConnection { try await Self.persons(ids, on: $0) }
    }

    static func persons(_ ids: [PersonID], on connection: PostgresConnection) async throws -> [PersonID: Person] {
        let rows = try await connection.query(
            "SELECT id, first_name, last_name, company_name FROM person WHERE id = ANY(\(ids))"
        )
        return Dictionary(try decode(rows).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Returns the numbers that belong to existing persons.
    package func existing(of ids: Set<PersonID>) async throws -> Set<PersonID> {
        try await client.withConnection { try await Self.existing(of: ids, on: $0) }
    }

    static func existing(of ids: Set<PersonID>, on connection: PostgresConnection) async throws -> Set<PersonID> {
        guard !ids.isEmpty else { return [] }
        return Set(
            try await connection.query("SELECT id FROM person WHERE id = ANY(\(Array(ids)))").column(PersonID.self)
        )
    }

    /// Adds a person, who gets the next free number.
    package func create(_ details: PersonDetails) async throws -> Person {
        let id = try await client.query(
            """
            INSERT INTO person (first_name, last_name, company_name)
            VALUES (\(details.firstName), \(details.lastName), \(details.companyName)) RETURNING id
            """
        ).single(PersonID.self)
        return Person(id: id, details: details)
    }

    /// Replaces a person's names and company; `false` if no person has this number.
    package func replace(_ person: Person) async throws -> Bool {
        try await client.execute(
            """
            UPDATE person SET first_name = \(person.details.firstName), last_name = \(person.details.lastName),
                company_name = \(person.details.companyName)
            WHERE id = \(person.id)
            """
        ) == 1
    }

    /// Erases a person, the person's devices and all locations, in the tables, among the dead letters and in the
    /// embedded queue, in one transaction; `false` if no person has this number.
    ///
    /// The number stays on the list of erased persons, so that the consumer drops messages that arrive later. The
    /// function waits for transactions that have seen the person and are storing locations; see ``LocationSink``.
    /// Processes that keep locations in memory are notified by ``erasures()``. Reading the queue takes about two
    /// seconds per gigabyte.
    ///
    /// - Parameters:
    ///   - id: the person.
    ///   - receipt: the digest of the code of a receipt, which is stored in the same transaction; `nil` for none.
    /// - Returns: whether a person had this number.
    /// - Throws: `PostgresError`.
    package func erase(_ id: PersonID, receipt: TokenDigest? = nil) async throws -> Bool {
        try await client.withTransaction { connection in
            // The usual statement timeout is meant for requests; this statement takes as long as the queue is long.
            try await connection.execute("SET LOCAL statement_timeout = 0")
            return try await connection.query("SELECT erase_person(\(id), \(receipt?.bytes))", timeout: .seconds(600))
                .single(Bool.self)
        }
    }

    private static func condition(_ search: Search) -> PostgresQuery {
        var condition: PostgresQuery = "true"
        if search.isDirectory {
            condition += """
                 AND EXISTS (
                    SELECT FROM consent WHERE person_id = person.id AND purpose = 'directory' AND is_given
                        AND text_version = \(ConsentPurpose.textVersion)
                )
                """
        }
        // Each word has to occur. LIKE's special characters are escaped.
        var patterns: PostgresQuery = ""
        for word in (search.text ?? "").split(separator: " ").prefix(8) {
            var pattern = "%"
            for character in word {
                if character == "%" || character == "_" || character == "\\" { pattern.append("\\") }
                pattern.append(character)
            }
            pattern.append("%")
            patterns += "\(fragment: patterns.parameterCount == 0 ? "" : ", ")(\(pattern)::text)"
        }
        if patterns.parameterCount > 0 {
            let person = withoutAccents("(first_name || ' ' || last_name || ' ' || company_name)")
            condition += """
                 AND \(fragment: person) ILIKE ALL (
                    ARRAY(SELECT \(fragment: withoutAccents("word")) FROM (VALUES \(fragment: patterns)) AS words (word))
                )
                """
        }
        return condition
    }

    /// A text without accents, so that "oyku" finds "Öykü".
    ///
    /// Costs some 10 µs per text; nothing if the text is ASCII.
    private static func withoutAccents(_ text: PostgresQuery) -> PostgresQuery {
        """
        CASE octet_length(\(fragment: text)) WHEN length(\(fragment: text)) THEN \(fragment: text) ELSE
            translate(regexp_replace(normalize(\(fragment: text), NFD), '[\\u0300-\\u036f]', '', 'g'), 'øØłŁđĐı', 'oOlLdDi') END
        """
    }

    private static func decode(_ rows: PostgresRows) throws -> [Person] {
        try rows.decode(PersonID.self, String.self, String.self, String.self).map { id, first, last, company in
            Person(id: id, details: PersonDetails(stored: first, last, company))
        }
    }
}
