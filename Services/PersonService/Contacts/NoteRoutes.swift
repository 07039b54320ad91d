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
        return .json { writer in writer.array(of: found) { $1.write(to: &$0) } }
    }

    /// Answers with the note; 204 if it was empty and is removed.
    private func replace(_ request: Request) async throws -> Response {
        let (id, other) = try request.personAndOther()
        var reader = JSONReader(try await request.body.collect(upTo: Self.maximumBody))
        let note = try PersonNote(from: &reader)
        try reader.finish()
        switch try await notes.replace(note, about: other, of: id) {
        case .stored(let stored): return .json { stored.write(to: &$0) }
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
}
