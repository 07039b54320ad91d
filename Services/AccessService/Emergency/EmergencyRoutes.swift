import Access
import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess
import RESTContract

/// The routes of emergency access: an operator requests it with a reason, and another one approves it.
struct EmergencyRoutes: Sendable {
    let accesses: EmergencyStore
    let audit: AuditLog

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/emergency", handler: list)
        router.post("/api/emergency", of: .json, handler: request)
        router.post("/api/emergency/{id}/approve", handler: approve)
        router.delete("/api/emergency/{id}", handler: end)
    }

    private static let maximumBody = 4 << 10

    private func list(_ request: Request) async throws -> Response {
        let (found, now) = (try await accesses.list(), Timestamp.now())
        return .json { writer in
            writer.array(of: found) { writer, access in access.write(to: &writer, at: now) }
        }
    }

    /// The access counts only once another operator has approved it.
    private func request(_ request: Request) async throws -> Response {
        let reason = try EmergencyAccess.reason(in: try await request.body.collect(upTo: Self.maximumBody))
        var entry = AuditEntry("emergency requested", request)
        entry.purpose = reason
        try await audit.record(entry)
        guard let access = try await accesses.request(reason, for: request.access.identity.subject) else {
            throw Problem(
                .conflict,
                "The operator has \(EmergencyStore.maximumPerSubject) open emergency accesses: end one of them first."
            )
        }
        return .json(status: .created, headers: ["Location": "/api/emergency/\(access.id.text)"]) {
            access.write(to: &$0, at: .now())
        }
    }

    private func approve(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: CredentialID.self)
        try await record("approved", id, request)
        switch try await accesses.approve(id, by: request.access.identity.subject) {
        case .approved(let access): return .json { access.write(to: &$0, at: .now()) }
        case .noSuchRequest: throw Problem.noSuchEmergency
        case .ownRequest, .noOperator:
            throw Problem(.forbidden, "Another operator has to approve an emergency access.")
        }
    }

    private func end(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: CredentialID.self)
        try await record("ended", id, request)
        guard try await accesses.end(id) != nil else { throw Problem.noSuchEmergency }
        return .noContent
    }

    /// Writes an act to the audit before it happens, with the reason of the access as its purpose.
    private func record(_ act: String, _ id: CredentialID, _ request: Request) async throws {
        guard let access = try await accesses.access(id) else { throw Problem.noSuchEmergency }
        var entry = AuditEntry("emergency \(act): \(id.text)", request)
        entry.purpose = access.reason
        try await audit.record(entry)
    }
}

extension EmergencyAccess {
    /// The valid reasons, for error messages.
    static let expectation = "text of 10 to 200 visible characters"

    /// Whether a text is a reason.
    static func isReason(_ text: String) -> Bool { problem(ofReason: text) == nil }

    private static func problem(ofReason text: String) -> String? {
        VisibleText.problem(of: text, characters: 10...200)
    }

    /// The reason of `{"reason": …}`.
    ///
    /// - Throws: `FieldErrors`, or `JSONError` if the text is not JSON.
    static func reason(in bytes: [UInt8]) throws -> String {
        guard let text = try ClaimBody.text("reason", in: bytes) else {
            throw FieldErrors("reason", FieldErrors.missing)
        }
        if let problem = problem(ofReason: text) { throw FieldErrors("reason", problem) }
        return text
    }

    /// Writes an object; members without a value are absent.
    func write(to writer: inout JSONWriter, at now: Timestamp) {
        writer.object { writer in
            writer.member("id", id.text)
            writer.member("state", state(at: now).rawValue)
            writer.member("subject", subject)
            writer.member("reason", reason)
            writer.member("requested_at", requestedAt.description)
            if let approvedBy { writer.member("approved_by", approvedBy) }
            if let approvedAt { writer.member("approved_at", approvedAt.description) }
            writer.member("ends_at", endsAt.description)
        }
    }
}

extension Problem {
    fileprivate static let noSuchEmergency = Problem(.notFound, "No open emergency access has this id.")
}
