import Access
import Models
import Persistence

/// `access-service emergency`: access of operators to personal data, for an hour.
enum EmergencyCommand {
    static let command = AccessCommand.make(
        "emergency",
        """
        list [--json]
        emergency request SUBJECT --reason REASON [--json]
        emergency approve ID --by SUBJECT [--json]
        emergency end ID [--json]
            Lists, requests, approves or ends accesses of operators to personal data. A subject is an operator, such as person:7. An
            access counts for an hour once another operator has approved it. The audit has each step.
        """,
        run
    )

    private static func run(_ command: AccessCommand, _ arguments: [String]) async throws {
        let arguments = try CommandArguments(arguments, options: ["reason", "by"])
        let store = EmergencyStore(client: command.client)
        switch arguments.words.first {
        case "list":
            try arguments.expect(words: 1)
            for access in try await store.list() { command.list(members(access), asJSON: arguments.isJSON) }
        case "request":
            try arguments.expect(words: 2)
            let subject = try arguments.word(1, "SUBJECT", RolesCommand.expectation, RolesCommand.subject)
            let reason = try arguments.value("reason", EmergencyAccess.expectation) {
                EmergencyAccess.isReason($0) ? $0 : nil
            }
            guard let reason else { throw CommandArguments.UsageError(description: "--reason is missing.") }
            try await command.record("emergency requested for \(subject)", purpose: reason)
            guard let access = try await store.request(reason, for: subject) else {
                throw CommandFailure("\(subject) has \(EmergencyStore.maximumPerSubject) open emergency accesses.")
            }
            command.show(members(access), asJSON: arguments.isJSON)
        case "approve":
            try arguments.expect(words: 2)
            let id = try id(arguments)
            let approver = try arguments.value("by", RolesCommand.expectation, RolesCommand.subject)
            guard let approver else { throw CommandArguments.UsageError(description: "--by is missing.") }
            try await command.record("emergency approved: \(id.text) by \(approver)")
            switch try await store.approve(id, by: approver) {
            case .approved(let access): command.show(members(access), asJSON: arguments.isJSON)
            case .noSuchRequest: throw CommandFailure("No request that waits has the id \(id.text).")
            case .ownRequest: throw CommandFailure("\(approver) has requested it: another operator has to approve it.")
            case .noOperator: throw CommandFailure("\(approver) is no operator.")
            }
        case "end":
            try arguments.expect(words: 2)
            let id = try id(arguments)
            try await command.record("emergency ended: \(id.text)")
            guard let access = try await store.end(id) else {
                throw CommandFailure("No open emergency access has the id \(id.text).")
            }
            command.show(members(access), asJSON: arguments.isJSON)
        case let word:
            throw CommandArguments.UsageError(
                description: "Expected emergency list, request, approve or end\(word.map { ", not \($0)" } ?? "")."
            )
        }
    }

    private static func id(_ arguments: CommandArguments) throws -> CredentialID {
        try arguments.word(1, "ID", CredentialID.expectation) { CredentialID($0) }
    }

    private static func members(_ access: EmergencyAccess) -> [(name: String, value: String?)] {
        [
            ("id", access.id.text), ("state", access.state(at: .now()).rawValue), ("subject", access.subject),
            ("reason", access.reason), ("requested_at", access.requestedAt.description),
            ("approved_by", access.approvedBy), ("approved_at", access.approvedAt?.description),
            ("ends_at", access.endsAt.description),
        ]
    }
}
