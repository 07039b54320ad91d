import Access
import Models
import Persistence

/// `access-service roles`: who organises events, and who runs the machines.
enum RolesCommand {
    static let command = AccessCommand.make(
        "roles",
        """
        list [--json]
        roles grant SUBJECT organiser|operator [--event N] [--json]
        roles revoke SUBJECT organiser|operator [--event N] [--json]
            Lists, grants or revokes roles. A subject is person:7, or identity:3f9a01bc of a login at an issuer. Without --event, an
            organiser organises all events. Sessions get and lose the role at once.
        """,
        run
    )

    private static func run(_ command: AccessCommand, _ arguments: [String]) async throws {
        let arguments = try CommandArguments(arguments, options: ["event"])
        let store = RoleStore(client: command.client)
        switch arguments.words.first {
        case "list":
            try arguments.expect(words: 1)
            for grant in try await store.grants() {
                command.list(
                    members(grant.subject, grant.role) + [
                        ("granted_by", grant.grantedBy), ("granted_at", grant.grantedAt.description),
                    ],
                    asJSON: arguments.isJSON
                )
            }
        case "grant":
            let (subject, role) = try subjectAndRole(arguments)
            try await command.record("role granted: \(subject) \(role.role.rawValue)", event: role.event)
            guard try await store.grant(role, to: subject, by: AccessCommand.subject) != nil else {
                throw CommandFailure("The person or the event does not exist.")
            }
            command.show(members(subject, role), asJSON: arguments.isJSON)
        case "revoke":
            let (subject, role) = try subjectAndRole(arguments)
            try await command.record("role revoked: \(subject) \(role.role.rawValue)", event: role.event)
            guard try await store.revoke(role, of: subject) else {
                throw CommandFailure("\(subject) does not have this role.")
            }
            command.show(members(subject, role), asJSON: arguments.isJSON)
        case let word:
            throw CommandArguments.UsageError(
                description: "Expected roles list, grant or revoke\(word.map { ", not \($0)" } ?? "")."
            )
        }
    }

    private static func members(_ subject: String, _ role: GrantedRole) -> [(name: String, value: String?)] {
        [("subject", subject), ("role", role.role.rawValue), ("event", role.event.map { String($0.rawValue) })]
    }

    private static func subjectAndRole(_ arguments: CommandArguments) throws -> (String, GrantedRole) {
        try arguments.expect(words: 3)
        let subject = try arguments.word(1, "SUBJECT", expectation, Self.subject)
        let role = try arguments.word(2, "The role", "organiser or operator") { text in
            Role(rawValue: text).flatMap { [.organiser, .operator].contains($0) ? $0 : nil }
        }
        let event = try arguments.value("event", "the number of an event") {
            Int32($0).flatMap { EventID(rawValue: $0) }
        }
        guard role == .organiser || event == nil else {
            throw CommandArguments.UsageError(description: "An operator has no --event.")
        }
        return (subject, GrantedRole(role: role, event: event))
    }

    /// The valid subjects, for error messages.
    static let expectation = "person:7 or identity:3f9a01bc"

    /// The subject in its only spelling; `nil` if it is neither a person nor an identity.
    static func subject(of text: String) -> String? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "person": return Int32(parts[1]).flatMap { PersonID(rawValue: $0) }.map { "person:\($0.rawValue)" }
        case "identity": return CredentialID(parts[1]).map { "identity:\($0.text)" }
        default: return nil
        }
    }
}
