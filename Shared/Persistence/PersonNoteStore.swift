package import JSON
package import Models
package import Postgres

/// The private notes of persons in the database.
package struct PersonNoteStore: Sendable {
    let client: PostgresClient

    /// The maximum number of a person's notes.
    package static let maximumPerPerson = 2_000

    package init(client: PostgresClient) {
        self.client = client
    }

    /// A note as it is stored.
    package struct StoredNote: Equatable, Sendable {
        /// The person that the note is about, or the number under which an answer showed an unnamed person.
        package let other: PersonID
        package let note: PersonNote
        package let time: Timestamp

        package init(other: PersonID, note: PersonNote, time: Timestamp) {
            (self.other, self.note, self.time) = (other, note, time)
        }

        /// Writes `{"person_id", "text", "starred", "not_met", "updated_at"}`.
        package func write(to writer: inout JSONWriter) {
            writer.object { writer in
                writer.member("person_id", other.rawValue)
                writer.member("text", note.text)
                writer.member("starred", note.isStarred)
                writer.member("not_met", note.isNotMet)
                writer.member("updated_at", time.description)
            }
        }
    }

    /// The result of a change.
    package enum Outcome: Equatable, Sendable {
        case stored(StoredNote)
        case removed
        case noSuchPerson
        case tooMany
    }

    /// A person's notes, the latest first.
    package func notes(of person: PersonID) async throws -> [StoredNote] {
        try await client.query(
            """
            SELECT other_id, text, is_starred, is_not_met, updated_at FROM person_note
            WHERE person_id = \(person) ORDER BY updated_at DESC, other_id
            """
        ).decode(PersonID.self, String.self, Bool.self, Bool.self, PostgresTimestamp.self).map {
            StoredNote(
                other: $0.0,
                note: PersonNote(text: $0.1, isStarred: $0.2, isNotMet: $0.3),
                time: Timestamp($0.4)
            )
        }
    }

    /// Replaces a note; an empty one is removed.
    ///
    /// - Parameters:
    ///   - note: the note.
    ///   - other: the person that it is about; the number need not be that of a person.
    ///   - person: the person who writes it.
    /// - Returns: whether it was stored.
    /// - Throws: `PostgresError`.
    package func replace(_ note: PersonNote, about other: PersonID, of person: PersonID) async throws -> Outcome {
        guard !note.isEmpty else {
            try await remove(about: other, of: person)
            return .removed
        }
        return try await client.withTransaction { connection in
            let persons = try await connection.query("SELECT id FROM person WHERE id = \(person) FOR NO KEY UPDATE")
            guard persons.count == 1 else { return .noSuchPerson }
            let times = try await connection.query(
                """
                INSERT INTO person_note AS old (person_id, other_id, text, is_starred, is_not_met)
                SELECT \(person), \(other), \(note.text), \(note.isStarred), \(note.isNotMet)
                WHERE (SELECT count(*) FROM person_note WHERE person_id = \(person) AND other_id <> \(other))
                    < \(Int32(Self.maximumPerPerson))
                ON CONFLICT (person_id, other_id) DO UPDATE
                    SET (text, is_starred, is_not_met, updated_at)
                        = (excluded.text, excluded.is_starred, excluded.is_not_met, now())
                RETURNING updated_at
                """
            ).decode(PostgresTimestamp.self)
            return times.first.map { .stored(StoredNote(other: other, note: note, time: Timestamp($0))) } ?? .tooMany
        }
    }

    /// Removes a note, if there is one.
    package func remove(about other: PersonID, of person: PersonID) async throws {
        try await client.execute("DELETE FROM person_note WHERE person_id = \(person) AND other_id = \(other)")
    }
}
