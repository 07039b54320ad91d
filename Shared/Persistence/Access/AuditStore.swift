package import Credentials
internal import JSON
package import Models
package import Postgres

/// What the audit says of one event: who did what to whose data, and why; no names, no positions, no secrets.
package struct AuditEntry: Hashable, Sendable {
    /// When it happened.
    package var time: Timestamp
    /// Who did it: `person:7`, `key:3f9a01bc`, `identity:3f9a01bc`, `command`.
    package var subject: String
    /// The role by which it was allowed.
    package var role: String?
    /// The session or the key.
    package var session: String?
    /// The operation: `GET /api/persons/{id}`, `login`, `key created`.
    package var operation: String
    /// The person whose data it was about.
    package var person: PersonID?
    /// The event that it was about.
    package var event: EventID?
    /// The decision: `granted`, `denied`.
    package var decision: String
    /// The purpose, in the words of the reader.
    package var purpose: String?
    /// How many rows were read.
    package var count: Int64?
    /// The network of the client, of 24 bits for IPv4 and 48 for IPv6.
    package var network: String?
    /// The id of the request.
    package var request: String?

    package init(time: Timestamp, subject: String, operation: String, decision: String = "granted") {
        self.time = time
        self.subject = subject
        self.operation = operation
        self.decision = decision
    }
}

/// An entry at its place in the chain of its writer.
package struct AuditRecord: Hashable, Sendable {
    /// The process that wrote it.
    package let writer: String
    /// Its number, from 1 on without gaps.
    package let number: Int64
    /// The content.
    package let entry: AuditEntry
    /// The digest of the writer's record before; zeros for the first one.
    package let previous: TokenDigest
    /// The digest of all of this.
    package let digest: TokenDigest

    /// Chains an entry to the record before.
    package init(_ entry: AuditEntry, writer: String, number: Int64, after previous: TokenDigest) {
        self.writer = writer
        self.number = number
        self.entry = entry
        self.previous = previous
        digest = Self.digest(entry, writer: writer, number: number, after: previous)
    }

    /// A chain of one record, of a process that records too little to sign the ends of its chain.
    package init(alone entry: AuditEntry) {
        self.init(entry, writer: RandomText.make(characters: 16), number: 1, after: AuditStore.origin)
    }

    init(_ entry: AuditEntry, writer: String, number: Int64, after previous: TokenDigest, stored digest: TokenDigest) {
        self.writer = writer
        self.number = number
        self.entry = entry
        self.previous = previous
        self.digest = digest
    }

    /// Whether the content is what was written.
    package var isIntact: Bool {
        digest == Self.digest(entry, writer: writer, number: number, after: previous)
    }

    /// SHA-256 of the record before, and of the members as a JSON array, which separates them.
    private static func digest(
        _ entry: AuditEntry,
        writer: String,
        number: Int64,
        after previous: TokenDigest
    ) -> TokenDigest {
        let content = JSONWriter.bytes { json in
            json.array { json in
                json.value(writer)
                json.value(number)
                json.value(entry.time.microseconds)
                json.value(entry.subject)
                json.value(entry.operation)
                json.value(entry.decision)
                for text in [entry.role, entry.session, entry.purpose, entry.network, entry.request] {
                    if let text { json.value(text) } else { json.null() }
                }
                for value in [
                    entry.person.map { Int64($0.rawValue) }, entry.event.map { Int64($0.rawValue) }, entry.count,
                ] {
                    if let value { json.value(value) } else { json.null() }
                }
            }
        }
        let digest = ContentDigest()
        digest.add(previous.bytes)
        digest.add(content)
        return TokenDigest(digest.finish()) ?? previous
    }
}

/// The audit in the database, to which rows can only be added.
package struct AuditStore: Sendable {
    /// The digest before the first record of a writer.
    package static let origin = TokenDigest(of: "")

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Adds a record.
    package func append(_ record: AuditRecord) async throws {
        try await client.withConnection { try await Self.append(record, on: $0) }
    }

    static func append(_ record: AuditRecord, on connection: PostgresConnection) async throws {
        let entry = record.entry
        try await connection.execute(
            """
            INSERT INTO access_audit (
                writer, number, recorded_at, subject, role, session, operation, person_id, event_id, decision, purpose,
                row_count, network, request, previous, digest
            ) VALUES (
                \(record.writer), \(record.number), \(entry.time.postgres), \(entry.subject), \(entry.role),
                \(entry.session), \(entry.operation), \(entry.person), \(entry.event), \(entry.decision),
                \(entry.purpose), \(entry.count), \(entry.network), \(entry.request), \(record.previous.bytes),
                \(record.digest.bytes)
            )
            """
        )
    }

    /// A place in the list, for the next page.
    package struct Cursor: Hashable, Sendable {
        let time: Timestamp
        let writer: String
        let number: Int64

        /// The place after a record.
        package init(after record: AuditRecord) {
            (time, writer, number) = (record.entry.time, record.writer, record.number)
        }

        /// Reads ``text``.
        package init?(_ text: some StringProtocol) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, let time = Int64(parts[0]), let number = Int64(parts[2]),
                parts[1].utf8.count <= 64, !parts[1].utf8.contains(0),
                Timestamp.supported.contains(Timestamp(microseconds: time))
            else { return nil }
            self.time = Timestamp(microseconds: time)
            self.writer = String(parts[1])
            self.number = number
        }

        /// The text for addresses.
        package var text: String { "\(time.microseconds).\(writer).\(number)" }
    }

    /// Which records are listed.
    package enum Filter: Sendable {
        case all
        /// Those of some events.
        case events(Set<EventID>)
        /// Those about a person, by others.
        case readers(of: PersonID)
    }

    /// Returns records, the latest first.
    package func records(_ filter: Filter, after cursor: Cursor?, limit: Int) async throws -> [AuditRecord] {
        let condition: PostgresQuery =
            switch filter {
            case .all: "true"
            case .events(let events): "event_id = ANY(\(events.sorted()))"
            case .readers(let person):
                "person_id = \(person) AND subject <> \("person:\(person.rawValue)") AND decision = 'granted'"
            }
        let place: PostgresQuery =
            cursor.map {
                "(recorded_at, writer, number) < (\($0.time.postgres), \($0.writer), \($0.number))"
            } ?? "true"
        return try await records(
            "WHERE \(fragment: condition) AND \(fragment: place) ORDER BY recorded_at DESC, writer DESC, number DESC LIMIT \(limit)"
        )
    }

    /// How often others looked at a person's data; see ``DataReading``.
    package func readings(of person: PersonID) async throws -> [DataReading] {
        try await DataReading.all(of: person, in: client)
    }

    /// Returns records of all writers, one chain after the other, after one of them.
    package func chain(after last: AuditRecord?, limit: Int) async throws -> [AuditRecord] {
        try await records(
            """
            WHERE (writer, number) > (\(last?.writer ?? ""), \(last?.number ?? 0)) ORDER BY writer, number LIMIT \(limit)
            """
        )
    }

    /// Removes records after 400 days; returns how many.
    package func removeExpired() async throws -> Int {
        try await client.query("SELECT remove_expired_audit()").single(Int.self)
    }

    private func records(_ clauses: PostgresQuery) async throws -> [AuditRecord] {
        let rows = try await client.query(
            """
            SELECT writer, number, recorded_at, subject, role, session, operation, person_id, event_id, decision, purpose,
                row_count, network, request, previous, digest
            FROM access_audit \(fragment: clauses)
            """
        ).decode(
            String.self,
            Int64.self,
            PostgresTimestamp.self,
            String.self,
            String?.self,
            String?.self,
            String.self,
            PersonID?.self,
            EventID?.self,
            String.self,
            String?.self,
            Int64?.self,
            String?.self,
            String?.self,
            [UInt8].self,
            [UInt8].self
        )
        return try rows.map { row in
            var entry = AuditEntry(time: Timestamp(row.2), subject: row.3, operation: row.6, decision: row.9)
            (entry.role, entry.session, entry.person, entry.event) = (row.4, row.5, row.7, row.8)
            (entry.purpose, entry.count, entry.network, entry.request) = (row.10, row.11, row.12, row.13)
            guard let previous = TokenDigest(row.14), let digest = TokenDigest(row.15) else {
                throw PostgresError(.decoding, "A stored record of the audit has an invalid digest.")
            }
            return AuditRecord(entry, writer: row.0, number: row.1, after: previous, stored: digest)
        }
    }
}
