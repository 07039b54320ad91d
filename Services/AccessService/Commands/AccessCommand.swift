import Access
import DatabaseService
import Glibc
import JSON
import Models
import Observability
import Persistence
import Postgres
import RESTAccess
import ServiceRuntime

/// What the commands of access-service have in common: the database, the audit and the form of their output.
struct AccessCommand: Sendable {
    /// All commands.
    static let all: [ProcessCommand<AccessServiceConfiguration>] = [
        KeysCommand.command, RolesCommand.command, ClaimsCommand.command, EmergencyCommand.command,
        AuditCommand.command,
    ]

    /// The subject of commands in the audit.
    static let subject = "command"

    let client: PostgresClient
    let audit: AuditLog
    /// The keys that sign heads of the audit.
    let auditKeys: ServiceKeys?
    /// Prints a line.
    let output: @Sendable (String) -> Void

    /// A command that prints its usage, or runs with a connection to the database.
    static func make(
        _ name: String,
        _ usage: String,
        _ run: @escaping @Sendable (AccessCommand, [String]) async throws -> Void
    ) -> ProcessCommand<AccessServiceConfiguration> {
        ProcessCommand(name: name, usage: usage) { configuration, process, arguments in
            guard !arguments.isEmpty, !arguments.contains("--help"), !arguments.contains("-h") else {
                return print("access-service \(name) \(usage)")
            }
            var settings = configuration.database
            // An operator waits for a busy machine, unlike a request.
            settings.acquireTimeout = max(settings.acquireTimeout, .seconds(10))
            let database = Database(settings, process)
            let audit = AuditLog(
                sink: AuditStore(client: database.client),
                logger: process.logger,
                metrics: process.metrics
            )
            let keys = try configuration.auditKeyFile.map {
                try ServiceKeyFile(path: $0, logger: process.logger).keys
            }
            let command = AccessCommand(client: database.client, audit: audit, auditKeys: keys) { print($0) }
            let heads = AuditHeads(
                audit: audit,
                store: AuditStore(client: database.client),
                keys: { keys ?? .none },
                logger: process.logger
            )
            do {
                try await run(command, arguments)
                await heads.sign()
            } catch {
                await heads.sign()
                await database.client.close()
                // The log has no texts of errors, since these could have data.
                if error is CommandFailure || error is CommandArguments.UsageError {
                    complain("access-service: \(error)\n")
                }
                throw error
            }
            await database.client.close()
        }
    }

    /// Writes to standard error, for a person at a terminal.
    private static func complain(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// Prints an object: as one line of JSON, or as lines of `name: value`.
    func show(_ members: [(name: String, value: String?)], asJSON: Bool) {
        guard asJSON else {
            for (name, value) in members { if let value { output("\(name): \(value)") } }
            return
        }
        let bytes = JSONWriter.object { writer in
            for (name, value) in members { if let value { writer.member(name, value) } }
        }
        output(String(decoding: bytes, as: UTF8.self))
    }

    /// Prints a line of a list: as JSON, or its values with two spaces between them.
    func list(_ members: [(name: String, value: String?)], asJSON: Bool) {
        guard !asJSON else { return show(members, asJSON: true) }
        output(members.map { $0.value ?? "-" }.joined(separator: "  "))
    }

    /// Writes an act to the audit before it happens.
    func record(
        _ operation: String,
        person: PersonID? = nil,
        event: EventID? = nil,
        purpose: String? = nil
    ) async throws {
        var entry = AuditEntry(time: .now(), subject: Self.subject, operation: operation)
        (entry.person, entry.event, entry.purpose) = (person, event, purpose)
        try await audit.record(entry)
    }
}

/// A command that failed, in words for the operator.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
