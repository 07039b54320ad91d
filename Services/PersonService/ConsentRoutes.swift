import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// Stores consents.
protocol ConsentRepository: Sendable {
    /// A person's consents; `nil` if the person does not exist.
    func consents(of person: PersonID) async throws -> Consents?
    /// Gives and withdraws consents; returns whether the person exists.
    func change(_ changes: [ConsentPurpose: Bool], of person: PersonID) async throws -> Bool
}

extension ConsentStore: ConsentRepository {}

/// The routes of person-service for what a person agrees to.
struct ConsentRoutes: Sendable {
    let consents: any ConsentRepository

    private static var maximumBody: Int { 4 << 10 }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/consents", handler: read)
        router.put("/api/persons/{id}/consents", of: .json, handler: change)
    }

    private func read(_ request: Request) async throws -> Response {
        try await answer(about: request.parameter("id"))
    }

    /// Changes the purposes that the body names, and answers with all of them.
    private func change(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let changes = try Self.changes(try await request.body.collect(upTo: Self.maximumBody))
        guard try await consents.change(changes, of: id) else { throw Problem.noSuchPerson }
        return try await answer(about: id)
    }

    private func answer(about id: PersonID) async throws -> Response {
        guard let found = try await consents.consents(of: id) else { throw Problem.noSuchPerson }
        return .json { writer in
            writer.object { writer in
                for purpose in ConsentPurpose.allCases {
                    writer.object(purpose.rawValue) { writer in
                        writer.member("given", found.since[purpose] != nil)
                        if let time = found.since[purpose] { writer.member("since", time.description) }
                    }
                }
            }
        }
    }

    /// Reads `{"meet": true, "directory": false}`.
    static func changes(_ bytes: [UInt8]) throws -> [ConsentPurpose: Bool] {
        var reader = JSONReader(bytes)
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Expected an object with purposes, each true or false.")
        }
        var changes: [ConsentPurpose: Bool] = [:]
        var errors = FieldErrors()
        try reader.beginObject()
        while let name = try reader.nextKey() {
            guard let purpose = ConsentPurpose(rawValue: name) else {
                let names = ConsentPurpose.allCases.map(\.rawValue).joined(separator: ", ")
                errors.add(name, "Unknown purpose; expected one of \(names).")
                try reader.skipValue()
                continue
            }
            guard try reader.peekKind() == .boolean else {
                errors.add(name, "Expected true or false.")
                try reader.skipValue()
                continue
            }
            changes[purpose] = try reader.readBoolean()
        }
        try reader.finish()
        guard errors.entries.isEmpty else { throw errors }
        return changes
    }
}
