import DatabaseService
import JSON
import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence
import Postgres
import QueueService
import ServiceRuntime

/// `location-consumer dead-letters`: lists or replays dead letters.
enum DeadLetterCommand {
    /// The commands of location-consumer.
    static let all = [
        ProcessCommand<LocationConsumerConfiguration>(
            name: "dead-letters",
            usage: """
                list|replay [REASON]
                    Lists the dead letters as one JSON object per line, or appends them to the queue again and removes
                    them; all of them, or those with a reason such as unknown_person.
                """,
            run: run
        )
    ]

    private static let pageSize = 1_000

    private static func run(
        _ configuration: LocationConsumerConfiguration,
        _ process: ServiceProcess,
        _ arguments: [String]
    ) async throws {
        let database = Database(configuration.database, process)
        let store = DeadLetterStore(client: database.client)
        let reason = arguments.dropFirst().first
        switch arguments.first {
        case "list" where arguments.count <= 2: try await list(store, reason: reason)
        case "replay" where arguments.count <= 2:
            let queue = try ProducingQueue(configuration.queue, configuration.database, process)
            let count = try await queue.withRunning { try await replay(store, reason: reason, into: $0) }
            print("\(count) dead letters were appended to the queue.")
        default: throw UsageError()
        }
        await database.client.close()
    }

    private static func list(_ store: DeadLetterStore, reason: String?) async throws {
        var last: Int64 = 0
        while let entries = try await page(store, reason: reason, after: last) {
            for entry in entries { print(line(entry)) }
            last = entries.last?.id ?? last
        }
    }

    /// First append, then remove: a crash in between repeats messages, which the consumer recognises.
    private static func replay(
        _ store: DeadLetterStore,
        reason: String?,
        into queue: any LocationQueueProducer
    ) async throws -> Int {
        var last: Int64 = 0
        var count = 0
        while let entries = try await page(store, reason: reason, after: last) {
            try await queue.append(
                raw: entries.map { RawMessage(key: $0.personID, context: $0.context, bytes: $0.payload) }
            )
            try await store.remove(entries.map(\.id))
            count += entries.count
            last = entries.last?.id ?? last
        }
        return count
    }

    private static func page(
        _ store: DeadLetterStore,
        reason: String?,
        after last: Int64
    ) async throws -> [DeadLetterStore.Entry]? {
        let entries = try await store.entries(reason: reason, after: last, limit: pageSize)
        return entries.isEmpty ? nil : entries
    }

    private static func line(_ entry: DeadLetterStore.Entry) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("id", entry.id)
            if let place = entry.place {
                writer.member("partition", place.partition)
                writer.member("offset", place.offset)
            }
            writer.member("reason", entry.reason)
            if let version = entry.schemaVersion { writer.member("schema_version", version) }
            if let trace = entry.trace { writer.member("trace_id", trace.traceIDText) }
            writer.member("appended_at", entry.appendedAt.description)
            writer.member("buried_at", entry.buriedAt.description)
            if let text = String(validating: entry.payload, as: UTF8.self) {
                writer.member("payload", text)
            } else {
                let digits = entry.payload.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                writer.member("payload_hex", digits.joined())
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// The command has unexpected arguments.
struct UsageError: Error, CustomStringConvertible {
    var description: String { "Expected: location-consumer dead-letters list|replay [REASON]" }
}
