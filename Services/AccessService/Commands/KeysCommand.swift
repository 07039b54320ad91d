import Access
import Models
import Persistence

/// `access-service keys`: API keys of programs.
enum KeysCommand {
    static let command = AccessCommand.make(
        "keys",
        """
        list [--json]
        keys create NAME [--scope SCOPE]... [--event N]... [--network NETWORK]... [--daily-limit N] [--days N] [--json]
        keys rotate ID [--days N] [--json]
        keys revoke ID [--json]
            Lists, creates, rotates or revokes API keys. A new key is printed once. It counts for 90 days, or --days, at most 365.
            A rotated key counts for another day. A revoked key is refused at once.
        """,
        run
    )

    private static let pageSize = 1_000

    private static func run(_ command: AccessCommand, _ arguments: [String]) async throws {
        let arguments = try CommandArguments(
            arguments,
            options: ["scope", "event", "network", "daily-limit", "days"]
        )
        let store = APIKeyStore(client: command.client)
        switch arguments.words.first {
        case "list":
            try arguments.expect(words: 1)
            try await list(store, command, arguments)
        case "create":
            try arguments.expect(words: 2)
            let details = try details(arguments)
            let text = APIKeyText.random()
            try await command.record("key created: \(text.id.text)")
            guard let key = try await store.create(text, details, by: AccessCommand.subject) else {
                throw CommandFailure("There are \(APIKeyStore.maximumKeys) keys that count: revoke one before.")
            }
            command.show([("key", text.text)] + members(key), asJSON: arguments.isJSON)
        case "rotate":
            try arguments.expect(words: 2)
            let (id, text) = (try id(arguments), APIKeyText.random())
            try await command.record("key rotated: \(id.text) to \(text.id.text)")
            guard
                let key = try await store.rotate(
                    id,
                    to: text,
                    expiresAt: try expiry(arguments),
                    by: AccessCommand.subject
                )
            else { throw CommandFailure("No key that counts has the id \(id.text).") }
            command.show([("key", text.text)] + members(key), asJSON: arguments.isJSON)
        case "revoke":
            try arguments.expect(words: 2)
            let id = try id(arguments)
            try await command.record("key revoked: \(id.text)")
            guard try await store.revoke(id) else { throw CommandFailure("No key that counts has the id \(id.text).") }
            command.show([("revoked", id.text)], asJSON: arguments.isJSON)
        case let word:
            throw CommandArguments.UsageError(
                description: "Expected keys list, create, rotate or revoke\(word.map { ", not \($0)" } ?? "")."
            )
        }
    }

    private static func list(
        _ store: APIKeyStore,
        _ command: AccessCommand,
        _ arguments: CommandArguments
    ) async throws {
        var last: CredentialID?
        repeat {
            let keys = try await store.keys(after: last, limit: pageSize)
            for key in keys { command.list(members(key), asJSON: arguments.isJSON) }
            last = keys.count == pageSize ? keys.last?.id : nil
        } while last != nil
    }

    private static func members(_ key: APIKey) -> [(name: String, value: String?)] {
        let (details, now) = (key.details, Timestamp.now())
        let state = key.revokedAt != nil ? "revoked" : key.isValid(at: now) ? "valid" : "expired"
        return [
            ("id", key.id.text), ("state", state), ("name", details.name),
            ("scopes", details.scopes.sorted().joined(separator: ",")),
            ("events", details.events.sorted().map { String($0.rawValue) }.joined(separator: ",")),
            ("networks", details.networks.joined(separator: ",")),
            ("daily_limit", details.dailyLimit.map { String($0) }),
            ("expires_at", details.expiresAt.description), ("used_at", key.usedAt?.description),
            ("created_by", key.createdBy),
        ]
    }

    private static func id(_ arguments: CommandArguments) throws -> CredentialID {
        try arguments.word(1, "ID", CredentialID.expectation) { CredentialID($0) }
    }

    private static func expiry(_ arguments: CommandArguments) throws -> Timestamp {
        let days = try arguments.value("days", "a number of days from 1 to 365") {
            Int($0).flatMap { APIKey.Details.validDays.contains($0) ? $0 : nil }
        }
        return APIKey.Details.expiry(afterDays: days ?? APIKey.Details.defaultDays)
    }

    private static func details(_ arguments: CommandArguments) throws -> APIKey.Details {
        let name = try arguments.word(1, "NAME", "text of 1 to 100 visible characters") {
            VisibleText.problem(of: $0, characters: 1...100) == nil ? $0 : nil
        }
        var details = APIKey.Details(name: name, expiresAt: try expiry(arguments))
        let known = try RouteTable(json: PackageResources.permissions_json).scopes
        for scope in arguments.values("scope") {
            guard known.contains(scope) else {
                throw CommandArguments.UsageError(
                    description: "--scope must be one of \(known.sorted().joined(separator: ", "))."
                )
            }
            details.scopes.insert(scope)
        }
        for text in arguments.values("event") {
            guard let event = Int32(text).flatMap({ EventID(rawValue: $0) }) else {
                throw CommandArguments.UsageError(description: "--event must be the number of an event.")
            }
            details.events.insert(event)
        }
        details.networks = try arguments.values("network").map { text in
            guard let network = KeyNetwork(text) else {
                throw CommandArguments.UsageError(description: "--network must be \(KeyNetwork.expectation).")
            }
            return network.text
        }
        details.dailyLimit = try arguments.value("daily-limit", "a positive integer") {
            Int64($0).flatMap { $0 > 0 ? $0 : nil }
        }
        return details
    }
}
