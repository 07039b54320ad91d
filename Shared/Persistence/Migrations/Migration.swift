import Postgres

/// One step of the schema's history.
///
/// Steps are numbered consecutively, never changed after a release, and run in one transaction each. A step that must
/// not lock a table for long runs in several transactions, and can be repeated after a crash.
struct Migration: Sendable {
    /// The step's place in the history, from 1 on.
    let number: Int32
    /// A short name for logs.
    let name: String
    /// Whether the step is one transaction; otherwise ``apply`` opens its own.
    let isTransaction: Bool
    /// Applies the step.
    let apply: @Sendable (PostgresConnection) async throws -> Void

    /// A step that consists of SQL only.
    init(_ number: Int32, _ name: String, _ script: StaticString) {
        self.init(number, name) { connection in
            try await connection.execute(script: script, timeout: .seconds(3_600))
        }
    }

    /// A step that needs code.
    init(
        _ number: Int32,
        _ name: String,
        isTransaction: Bool = true,
        apply: @escaping @Sendable (PostgresConnection) async throws -> Void
    ) {
        self.number = number
        self.name = name
        self.isTransaction = isTransaction
        self.apply = apply
    }
}

extension Migration {
    /// The whole history.
    static let all: [Migration] = [
        Migration(1, "extensions", extensions),
        Migration(2, "person", person),
        Migration(3, "location", location),
        Migration(4, "consumer offsets and dead letters", delivery),
        Migration(5, "embedded queue", locationLog),
        Migration(6, "import of the reference's locations") { try await ReferenceImport($0).run() },
        Migration(7, "accuracy", accuracy),
        Migration(8, "identity of the queue", queueIdentity),
        Migration(9, "publication of dead letters", deadLetterPublication),
        Migration(10, "telemetry of phones", telemetry),
        Migration(11, "devices", devices),
        Migration(12, "what came with dead letters", deadLetterContext),
        Migration(13, "list of erased persons", erasureList),
        Migration(14, "persons of messages", messagePerson),
        Migration(15, "erasure from the embedded queue", logErasure),
        Migration(16, "erasure of persons", personErasure),
        Migration(17, "partitions by a function", createLocationPartition),
        Migration(18, "numbers of devices", deviceNumbers),
        Migration(19, "device of locations", locationDevice),
        Migration(20, "several locations a moment", isTransaction: false) { try await LocationTwinIndex($0).build() },
        Migration(21, "heartbeats", heartbeats),
        Migration(22, "what devices' messages tell of them", deviceStatus),
        Migration(23, "imports", imports),
        Migration(24, "hints of zones", zoneHints),
        Migration(25, "events", events),
        Migration(26, "retention by event", eventRetention),
        Migration(27, "consents", consents),
        Migration(28, "access", access),
        Migration(29, "daily limits", quota),
        Migration(30, "accounts of API keys", keyAccounts),
        Migration(31, "readings of a person's data", readings),
        Migration(32, "notes and contacts", contacts),
        Migration(33, "pauses of persons", pauses),
        Migration(34, "emergency access, and heads of the audit", emergency),
        Migration(35, "receipts of erasures", erasureReceipts),
        Migration(36, "domain events", domainEvents),
        Migration(37, "webhooks", webhooks),
        Migration(38, "daily limit of new acquaintances", acquaintances),
        Migration(39, "push messages to browsers", push),
        Migration(40, "nudges", nudges),
        Migration(41, "regions", regions),
        Migration(42, "daily reports", reports),
        Migration(43, "deliveries in batches", deliveryBatches),
    ]
}
