import Access
import Models
import Observability
import Persistence

/// Signs the heads of this process's chains of the audit every minute, and writes them to the log and the database.
struct AuditHeads: Sendable {
    let audit: AuditLog
    let store: AuditStore
    /// The keys, which may change.
    let keys: @Sendable () -> ServiceKeys
    let logger: Logger

    /// The time between two signatures.
    private static let interval = Duration.seconds(60)

    /// Signs until it is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: Self.interval)
            await sign()
        }
    }

    /// Signs the ends of chains that have grown since the last time; those that cannot be stored are signed again.
    func sign() async {
        for end in audit.unsignedEnds {
            guard
                let head = AuditHead(
                    writer: end.writer,
                    number: end.number,
                    digest: end.last,
                    signedAt: .now(),
                    by: keys()
                )
            else { return }
            logger.info("Signed the head of the audit", [.head: .string(head.text)])
            do {
                try await store.keep(head)
                audit.noteSigned(end)
            } catch {
                return logger.warning("Could not store a head of the audit", error: error)
            }
        }
    }
}
