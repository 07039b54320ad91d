package import JSON
package import Models
package import Postgres

/// The cards of persons, and who may see them, in the database.
package struct ContactStore: Sendable {
    let client: PostgresClient

    /// The maximum number of requests of a person without an answer.
    package static let maximumRequests = 500
    /// The maximum number of contacts in an answer.
    package static let maximumContacts = 5_000

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Two persons of whom one has asked the other.
    package struct Contact: Equatable, Sendable {
        /// How far the two have come.
        package enum State: String, Sendable {
            /// The person has asked, and the other one has not agreed.
            case asked
            /// The other one has asked.
            case received
            /// Both have agreed, and see each other's card.
            case connected
        }

        package let other: Person
        package let state: State
        /// When the first one asked or, if connected, when the other one agreed.
        package let since: Timestamp
        /// The other's card, if connected.
        package let card: ContactCard?

        package init(other: Person, state: State, since: Timestamp, card: ContactCard?) {
            (self.other, self.state, self.since, self.card) = (other, state, since, card)
        }

        /// Writes `{"person_id", "first_name", "last_name", "company_name", "state", "since", "contact"}`.
        package func write(to writer: inout JSONWriter) {
            writer.object { writer in
                writer.member("person_id", other.id.rawValue)
                writer.member("first_name", other.details.firstName)
                writer.member("last_name", other.details.lastName)
                writer.member("company_name", other.details.companyName)
                writer.member("state", state.rawValue)
                writer.member("since", since.description)
                if let card { writer.object("contact") { card.writeMembers(to: &$0) } }
            }
        }
    }

    /// The result of asking.
    package enum Outcome: Equatable, Sendable {
        case contact(Contact)
        case noSuchPerson
        case tooMany
    }

    /// A person's card; `nil` if no person has this number.
    package func card(of person: PersonID) async throws -> ContactCard? {
        try await client.query(
            """
            SELECT coalesce(email, ''), coalesce(phone, ''), coalesce(url, ''), coalesce(job_title, '')
            FROM person LEFT JOIN contact_card ON person_id = id WHERE id = \(person)
            """
        ).decode(String.self, String.self, String.self, String.self).first.map {
            ContactCard(email: $0.0, phone: $0.1, url: $0.2, jobTitle: $0.3)
        }
    }

    /// Replaces a person's card; returns whether the person exists.
    package func replace(_ card: ContactCard, of person: PersonID) async throws -> Bool {
        try await client.query(
            """
            INSERT INTO contact_card (person_id, email, phone, url, job_title)
            SELECT id, \(card.email), \(card.phone), \(card.url), \(card.jobTitle) FROM person WHERE id = \(person)
            ON CONFLICT (person_id) DO UPDATE
                SET (email, phone, url, job_title) = (excluded.email, excluded.phone, excluded.url, excluded.job_title)
            RETURNING person_id
            """
        ).count == 1
    }

    /// A person's contacts, the latest first.
    ///
    /// - Parameters:
    ///   - person: the person.
    ///   - other: the only other person, if any.
    ///   - isLimited: whether persons that the person has asked in vain are left out unless they may be named to the person.
    /// - Returns: the contacts; a request that the person declined is none.
    /// - Throws: `PostgresError`.
    package func contacts(
        of person: PersonID,
        with other: PersonID? = nil,
        isLimited: Bool
    ) async throws -> [Contact] {
        try await client.query(
            """
            SELECT id, first_name, last_name, company_name, from_id = \(person), coalesce(accepted_at, asked_at),
                accepted_at IS NOT NULL, coalesce(email, ''), coalesce(phone, ''), coalesce(url, ''), coalesce(job_title, '')
            FROM contact_request
                JOIN person ON id = CASE WHEN from_id = \(person) THEN to_id ELSE from_id END
                LEFT JOIN contact_card ON person_id = id AND accepted_at IS NOT NULL
            WHERE (from_id = \(person) OR to_id = \(person) AND declined_at IS NULL)
                AND (\(other?.rawValue)::integer IS NULL OR id = \(other?.rawValue)::integer)
                AND (NOT \(isLimited) OR accepted_at IS NOT NULL OR to_id = \(person)
                    OR is_named_to(\(person), id, \(ConsentPurpose.textVersion)))
            ORDER BY coalesce(accepted_at, asked_at) DESC, id LIMIT \(Int64(Self.maximumContacts))
            """
        ).decode(
            PersonID.self,
            String.self,
            String.self,
            String.self,
            Bool.self,
            PostgresTimestamp.self,
            Bool.self,
            String.self,
            String.self,
            String.self,
            String.self
        ).map { id, first, last, company, isOwn, since, isConnected, email, phone, url, jobTitle in
            Contact(
                other: Person(id: id, details: PersonDetails(stored: first, last, company)),
                state: isConnected ? .connected : isOwn ? .asked : .received,
                since: Timestamp(since),
                card: isConnected ? ContactCard(email: email, phone: phone, url: url, jobTitle: jobTitle) : nil
            )
        }
    }

    /// Asks another person for the card, or agrees to the other's request; both then see each other's card.
    ///
    /// A request that was declined stays so, and looks unanswered.
    ///
    /// - Parameters:
    ///   - other: the other person.
    ///   - person: the person who asks.
    ///   - isLimited: whether only persons can be asked who may be named to the person, or who have asked themselves. Those may be
    ///     who agree to `directory`, or to `identify` if an answer has named them to the person in the last 30 days.
    /// - Returns: the contact.
    /// - Throws: `PostgresError`.
    package func ask(_ other: PersonID, by person: PersonID, isLimited: Bool) async throws -> Outcome {
        let isFull = try await client.withTransaction { connection in
            func agree() async throws -> Bool {
                try await connection.query(
                    """
                    UPDATE contact_request SET accepted_at = coalesce(accepted_at, now()), declined_at = NULL
                    WHERE from_id = \(other) AND to_id = \(person) RETURNING from_id
                    """
                ).count == 1
            }
            guard try await !agree() else { return false }
            // Counted exactly, whatever else the person asks at the same moment.
            try await connection.execute("SELECT FROM person WHERE id = \(person) FOR NO KEY UPDATE")
            let open = try await connection.query(
                "SELECT count(*) FROM contact_request WHERE from_id = \(person) AND accepted_at IS NULL"
            ).single(Int64.self)
            guard open < Int64(Self.maximumRequests) else { return true }
            let added = try await connection.query(
                """
                INSERT INTO contact_request (from_id, to_id)
                SELECT \(person), id FROM person
                WHERE id = \(other) AND id <> \(person) AND (NOT \(isLimited) OR is_named_to(\(person), id, \(ConsentPurpose.textVersion)))
                    AND EXISTS (SELECT FROM person WHERE id = \(person))
                ON CONFLICT DO NOTHING RETURNING to_id
                """
            )
            // The other one may have asked in the meantime.
            if added.count == 0 { _ = try await agree() }
            return false
        }
        let found = try await contacts(of: person, with: other, isLimited: isLimited).first
        return found.map { .contact($0) } ?? (isFull ? .tooMany : .noSuchPerson)
    }

    /// Withdraws the person's request, declines the other's, or ends the contact.
    package func end(_ other: PersonID, by person: PersonID) async throws {
        try await client.withTransaction { connection in
            try await connection.execute(
                """
                DELETE FROM contact_request
                WHERE from_id = \(person) AND to_id = \(other) AND declined_at IS NULL
                    OR from_id = \(other) AND to_id = \(person) AND accepted_at IS NOT NULL
                """
            )
            try await connection.execute(
                """
                UPDATE contact_request SET declined_at = now()
                WHERE from_id = \(other) AND to_id = \(person) AND declined_at IS NULL
                """
            )
        }
    }
}
