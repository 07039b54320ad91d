import Models
import Observability
import Persistence
import Postgres
import TestSupport
import Testing

@testable import LocationConsumer

@Suite(.timeLimit(.minutes(10))) struct DeadLetterRetentionTests {
    @Test func removesOldAndSurplusLetters() async throws {
        try await TestDatabase.withClient(.tables) { client in
            let logger = Logger(service: "tests", level: .error)
            // 20,000 are older than a month; 5 are not, the last of them from today.
            try await client.execute(
                """
                INSERT INTO dead_letter (reason, payload, appended_at, buried_at)
                SELECT 'empty', '', now(), now() - CASE WHEN n <= 20000 THEN interval '31 days' ELSE interval '29 days' END
                FROM generate_series(1, 20005) n
                """
            )
            let metrics = MetricsRegistry()
            let store = DeadLetterStore(client: client)
            let retention = DeadLetterRetention(
                store,
                age: .seconds(30 * 24 * 3_600),
                maximum: 3,
                logger: logger,
                metrics: metrics
            )
            for _ in 0..<2 { try await retention.sweep() }
            let left = try await store.entries(reason: nil, after: 0, limit: 9)
            #expect(left.map(\.id) == [20_003, 20_004, 20_005])
            let text = String(decoding: metrics.prometheusText(), as: UTF8.self)
            for line in ["dead_letters 3", "dead_letters_expired_total 20000", "dead_letters_displaced_total 2"] {
                #expect(text.contains("\n\(line)\n"), "\(line)")
            }
        }
    }
}
