import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

/// `kill -9` at random times: no acknowledged location is lost or duplicated.
@Suite(.timeLimit(.minutes(10))) struct CrashTests {
    @Test func aConsumerKilledFiftyTimesLosesAndDuplicatesNothing() async throws {
        try await withServices { services in
            for index in 0..<20 { _ = try await services.createPerson("P\(index)") }
            let ledger = Ledger()
            try await withThrowingTaskGroup { group in
                for sender in 0..<4 {
                    group.addTask {
                        let client = HTTPClient(
                            base: try #require(URL(string: services.producer.address)),
                            connections: 1
                        )
                        var step = 0
                        while !ledger.isClosed.load(ordering: .relaxed) {
                            let ids = try await Self.send(500, from: sender, step: step, client)
                            ledger.acknowledged.withLock { $0.formUnion(ids) }
                            step += 1
                        }
                    }
                }
                await services.consumer.kill9()
                var kills = 1
                while kills < 50 {
                    let consumer = try await RunningService.start(
                        .locationConsumer,
                        database: services.database,
                        untilReady: false
                    )
                    // Between the first poll and a few batches later.
                    try await Task.sleep(for: .milliseconds(.random(in: 20...400)))
                    await consumer.kill9()
                    kills += 1
                }
                ledger.isClosed.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
            let sent = ledger.acknowledged.withLock { $0 }
            let consumer = try await RunningService.start(.locationConsumer, database: services.database)
            let client = PostgresClient(configuration: services.database)
            try await eventually("everything is stored", within: .seconds(180)) {
                let lag = try await client.query(
                    """
                    SELECT coalesce(sum(p.next_offset - coalesce(o.next_offset, 0)), 0)::bigint
                    FROM location_log_partition p LEFT JOIN location_offset o USING (partition)
                    """
                ).single(Int.self)
                return lag == 0
            }
            let stored = try await client.query("SELECT id FROM location").column(Int64.self)
            print("50 kills: \(sent.count) acknowledged, \(stored.count) stored")
            #expect(sent.count > 10_000)
            #expect(Set(stored).count == stored.count)
            #expect(Set(stored) == sent)
            let doubled = try await client.query(
                "SELECT count(*) FROM (SELECT FROM location GROUP BY person_id, creation_time HAVING count(*) > 1) d"
            ).single(Int.self)
            #expect(doubled == 0)
            await client.close()
            #expect(await consumer.terminate() == 0)
        }
    }

    /// Sends locations of five persons with distinct times.
    ///
    /// Returns the acknowledged numbers.
    private static func send(_ count: Int, from sender: Int, step: Int, _ client: HTTPClient) async throws -> [Int64] {
        var lines = ""
        for index in 0..<count {
            let person = sender * 5 + index % 5 + 1
            let milliseconds = (step * count + index) * 40
            lines += #"{"person_id":\#(person),"latitude":48,"longitude":2,"#
            lines += #""creation_time":"\#(moment(milliseconds: milliseconds))"}"# + "\n"
        }
        let answer = try await client.send(
            "POST",
            "/api/locations/batch",
            contentType: "application/x-ndjson",
            body: Array(lines.utf8)
        )
        #expect(answer.status == 200)
        let ids = String(decoding: answer.body, as: UTF8.self).matches(of: /"id":(\d+)/).compactMap { Int64($0.1) }
        #expect(ids.count == count)
        return ids
    }
}

/// The acknowledged numbers.
private final class Ledger: Sendable {
    let acknowledged = Mutex<Set<Int64>>([])
    let isClosed = Atomic(false)
}
