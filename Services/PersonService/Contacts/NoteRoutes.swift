import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// The routes of person-service for private notes about other persons.
struct NoteRoutes: Sendable {
    let notes: PersonNoteStore

    private static var maximumBody: Int { 16 << 10 }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/notes", handler: list)
        router.put("/api/persons/{id}/notes/{other}", of: .json, handler: replace)
        router.delete("/api/persons/{id}/notes/{other}", handler: remove)
    }

    private func list(_ request: Request) async throws -> Response {
        let found = try await notes.notes(of: try request.parameter("id"))
        return .json { writer in
            writer.array(of: found) { Self.write($1.note, about: $1.other, at: $1.time, to: &$0) }
        }
    }

    /// Answers with the note; 204 if it was empty and is removed.
    private func replace(_ request: Request) async throws -> Response {
        let (id, other) = try request.personAndOther()
        var reader = JSONReader(try await request.body.collect(upTo: Self.maximumBody))
        let note = try PersonNote(from: &reader)
        try reader.finish()
        switch try await notes.replace(note, about: other, of: id) {
        case .stored(let time): return .json { Self.write(note, about: other, at: time, to: &$0) }
        case .removed: return .noContent
        case .noSuchPerson: throw Problem.noSuchPerson
        case .tooMany:
            throw Problem(
                .conflict,
                "There are \(PersonNoteStore.maximumPerPerson) notes: remove one before you add another."
            )
        }
    }

    private func remove(_ request: Request) async throws -> Response {
        let (id, other) = try request.personAndOther()
        try await notes.remove(about: other, of: id)
        return .noContent
    }

    private static func write(
        _ note: PersonNote,
        about other: PersonID,
        at time: Timestamp,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("person_id", other.rawValue)
            writer.member("text", note.text)
            writer.member("starred", note.isStarred)
            writer.member("not_met", note.isNotMet)
            writer.member("updated_at", time.description)
        }
    }
}
