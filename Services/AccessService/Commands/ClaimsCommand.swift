import Credentials
import Models
import Persistence

/// `access-service claims`: codes by which persons log in once, or register a phone.
enum ClaimsCommand {
    static let command = AccessCommand.make(
        "claims",
        """
        create PERSON [--kind login|phone] [--json]
            Creates a claim of a person, and prints its code once. It counts for 72 hours and can be used once.
        """,
        run
    )

    private static func run(_ command: AccessCommand, _ arguments: [String]) async throws {
        let arguments = try CommandArguments(arguments, options: ["kind"])
        guard arguments.words.first == "create" else {
            throw CommandArguments.UsageError(description: "Expected claims create.")
        }
        try arguments.expect(words: 2)
        let person = try arguments.word(1, "PERSON", PersonID.expectation) {
            Int32($0).flatMap { PersonID(rawValue: $0) }
        }
        let kind = try arguments.value("kind", "login or phone") { ClaimKind(rawValue: $0) } ?? .login
        try await command.record("claim created: \(kind.rawValue)", person: person)
        let code = ClaimCode.random()
        let store = ClaimStore(client: command.client)
        switch try await store.create(code.digest, for: person, kind, by: AccessCommand.subject) {
        case .created(let expiry):
            command.show(
                [
                    ("code", code.text), ("person", String(person.rawValue)), ("kind", kind.rawValue),
                    ("expires_at", expiry.description),
                ],
                asJSON: arguments.isJSON
            )
        case .noSuchPerson: throw CommandFailure("No person has the number \(person.rawValue).")
        case .tooMany:
            throw CommandFailure("The person has \(ClaimStore.maximumPerPerson) open claims: wait until one expires.")
        }
    }
}
