import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// Stores pauses.
protocol PauseRepository: Sendable {
    /// A person's current pause; `.some(nil)` without one, `nil` if the person does not exist.
    func current(of person: PersonID) async throws -> Pause??
    /// Begins a pause, or changes its end; returns whether the person exists.
    func begin(_ person: PersonID, minutes: Int?) async throws -> Bool
    /// Ends the pause; returns whether the person exists.
    func end(_ person: PersonID) async throws -> Bool
    /// Forgets the latest locations; returns how many were removed, or `nil` if the person does not exist.
    func forget(minutes: Int, of person: PersonID) async throws -> Int?
}

extension PauseStore: PauseRepository {}

/// The routes of person-service for pauses, in which no locations of a person are taken.
///
/// Only the person can read them: a pause shows that the person wants to be absent.
struct PauseRoutes: Sendable {
    let pauses: any PauseRepository

    private static var maximumBody: Int { 4 << 10 }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/pause", handler: read)
        router.put("/api/persons/{id}/pause", of: .json, handler: begin)
        router.delete("/api/persons/{id}/pause", handler: end)
    }

    private func read(_ request: Request) async throws -> Response {
        try await answer(about: request.parameter("id"))
    }

    /// Begins a pause, then forgets the time before it.
    private func begin(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let wish = try PauseWish(try await request.body.collect(upTo: Self.maximumBody))
        if wish.minutes != 0 {
            guard try await pauses.begin(id, minutes: wish.minutes) else { throw Problem.noSuchPerson }
        }
        var removed: Int?
        if let past = wish.pastMinutes {
            removed = try await pauses.forget(minutes: past, of: id)
            guard removed != nil else { throw Problem.noSuchPerson }
        }
        return try await answer(about: id, removed: removed)
    }

    private func end(_ request: Request) async throws -> Response {
        guard try await pauses.end(request.parameter("id")) else { throw Problem.noSuchPerson }
        return .noContent
    }

    private func answer(about id: PersonID, removed: Int? = nil) async throws -> Response {
        guard let current = try await pauses.current(of: id) else { throw Problem.noSuchPerson }
        return .json { writer in
            writer.object { writer in
                writer.member("paused", current != nil)
                if let current {
                    writer.member("since", current.begins.description)
                    if let end = current.ends { writer.member("until", end.description) }
                }
                if let removed { writer.member("removed", removed) }
            }
        }
    }
}

/// The body of a request for a pause: `{"minutes": 60, "past_minutes": 30}`, both optional.
struct PauseWish: Equatable {
    /// The length of the pause; 0 for none, `nil` until the person ends it.
    let minutes: Int?
    /// How much of the past to forget; `nil` for nothing.
    let pastMinutes: Int?

    /// Reads the object.
    ///
    /// - Throws: `FieldErrors` with every problem at once, or `JSONError` if the text is not JSON.
    init(_ bytes: [UInt8]) throws {
        var reader = JSONReader(bytes.isEmpty ? Array("{}".utf8) : bytes)
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        var (values, errors) = ([String: Int](), FieldErrors())
        let ranges = ["minutes": 0...Pause.maximumMinutes, "past_minutes": 1...Pause.maximumPastMinutes]
        try reader.beginObject()
        while let name = try reader.nextKey() {
            guard let range = ranges[name] else {
                errors.add(String(name.prefix(64)), FieldErrors.unknown)
                guard errors.entries.count < 32 else { throw errors }
                try reader.skipValue()
                continue
            }
            // 30.0 is an integer, too.
            guard try reader.peekKind() == .number, let value = Int(exactly: try reader.readDouble()),
                range.contains(value)
            else {
                errors.add(name, "Expected an integer from \(range.lowerBound) to \(range.upperBound).")
                throw errors
            }
            values[name] = value
        }
        try reader.finish()
        (minutes, pastMinutes) = (values["minutes"], values["past_minutes"])
        if minutes == 0, pastMinutes == nil {
            errors.add("minutes", "Expected at least 1, because 0 is for requests that only forget the past.")
        }
        guard !errors.contains() else { throw errors }
    }
}
