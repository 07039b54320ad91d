import JSON
import Models
import Persistence

/// `access-service audit`: who did what, and whether the record is whole.
enum AuditCommand {
    static let command = AccessCommand.make(
        "audit",
        """
        list [--limit N]
        audit verify [--heads FILE] [--json]
            Lists the latest entries, 100 or --limit, one JSON object per line; or checks that no entry was changed and none removed
            between others of the same process. With AUDIT_KEY_FILE, it also checks that each process's entries reach its signed
            head, and the heads in the lines of FILE, such as a log. verify exits with 1 if it finds a break.
        """,
        run
    )

    private static let pageSize = 1_000

    private static func run(_ command: AccessCommand, _ arguments: [String]) async throws {
        let arguments = try CommandArguments(arguments, options: ["limit", "heads"])
        let store = AuditStore(client: command.client)
        try arguments.expect(words: 1)
        switch arguments.words.first {
        case "list":
            let limit = try arguments.value("limit", "an integer from 1 to 100000") {
                Int($0).flatMap { (1...100_000).contains($0) ? $0 : nil }
            }
            try await list(store, command, limit: limit ?? 100)
        case "verify": try await verify(store, command, arguments)
        case let word:
            throw CommandArguments.UsageError(
                description: "Expected audit list or verify\(word.map { ", not \($0)" } ?? "")."
            )
        }
    }

    private static func list(_ store: AuditStore, _ command: AccessCommand, limit: Int) async throws {
        var (left, cursor) = (limit, AuditStore.Cursor?.none)
        while left > 0 {
            let records = try await store.records(.all, after: cursor, limit: min(left, pageSize))
            for record in records {
                command.output(String(decoding: JSONWriter.bytes { record.write(to: &$0) }, as: UTF8.self))
            }
            guard let last = records.last else { break }
            cursor = AuditStore.Cursor(after: last)
            left -= records.count
        }
    }

    private static func verify(
        _ store: AuditStore,
        _ command: AccessCommand,
        _ arguments: CommandArguments
    ) async throws {
        var (verification, last) = (AuditVerification(), AuditRecord?.none)
        let now = Timestamp.now()
        let file = try arguments.value("heads", "one file") { $0 }
        if let keys = command.auditKeys {
            for head in try await store.heads() { verification.expect(head, signedBy: keys, at: now) }
            if let file {
                try AuditHeadFile.forEachHead(in: file) { verification.expect($0, signedBy: keys, at: now) }
            }
        } else if file != nil {
            throw CommandArguments.UsageError(description: "--heads needs AUDIT_KEY_FILE.")
        }
        while true {
            let records = try await store.chain(after: last, limit: pageSize)
            for record in records { verification.check(record) }
            guard let next = records.last else { break }
            last = next
        }
        verification.finish()
        for finding in verification.findings {
            command.show(
                [("kind", finding.kind.rawValue), ("writer", finding.writer), ("number", String(finding.number))],
                asJSON: arguments.isJSON
            )
        }
        command.show(
            [
                ("checked", String(verification.count)),
                ("heads", command.auditKeys == nil ? nil : String(verification.headCount)),
                ("breaks", String(verification.findings.count)),
            ],
            asJSON: arguments.isJSON
        )
        guard verification.findings.isEmpty else { throw CommandFailure("The audit is not whole.") }
    }
}
