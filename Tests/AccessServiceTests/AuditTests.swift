import Access
import Credentials
import HTTPServer
import Models
import Observability
import Persistence
import Postgres
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

@testable import AccessService

@Suite(.timeLimit(.minutes(10))) struct AuditTests {
    @Test func recordsReadersOfOthersData() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            var organiser = try await replica.logIn(2, [GrantedRole(role: .organiser, event: .standard)])
            organiser["Access-Purpose"] = "Lost child at hall 4"
            organiser["X-Forwarded-For"] = "192.0.2.77"
            #expect(try await replica.ask(.get, "/api/persons/1", organiser).status == 204)
            let attendee = try await replica.logIn(1)
            // The own data of an attendee are not recorded.
            #expect(try await replica.ask(.get, "/api/persons/1", attendee).status == 204)
            let readers = try await replica.send(.get, "/api/me/audit", attendee)
            #expect(try readers.json.elements?.count == 1)
            #expect(try readers.json[0]?["purpose"]?.string == "Lost child at hall 4")
            #expect(try readers.json[0]?["role"]?.string == "organiser")
            #expect(!readers.text.contains("person:2"))
            #expect(try await replica.ask(.get, "/api/persons/1", organiser).status == 204)
            let counts = try await replica.send(.get, "/api/me/readings", attendee)
            #expect(try counts.json.elements?.count == 1)
            #expect(try counts.json[0]?["count"]?.number == 2)
            #expect(try counts.json[0]?["event_id"]?.number == 1)
            #expect(!counts.text.contains("person:2"))
            let listed = try await replica.send(.get, "/api/audit", organiser)
            let record = try #require(
                try listed.json.elements?.first { $0["operation"]?.string == "GET /api/persons/{id}" }
            )
            #expect(record["subject"]?.string == "person:2")
            #expect(record["event_id"]?.number == 1)
            #expect(record["network"]?.string == "192.0.2.0/24")
        }
    }

    @Test func pagesThroughTheAudit() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let session = try await replica.logIn(1, [GrantedRole(role: .operator, event: nil)])
            let time = Timestamp.now()
            for number in 0..<5 {
                try await replica.audit.record(AuditEntry(time: time, subject: "test", operation: "act \(number)"))
            }
            var (target, found) = (Optional("/api/audit?limit=2"), [String]())
            while let page = target {
                let answer = try await replica.send(.get, page, session)
                found += try answer.json.elements?.compactMap { $0["operation"]?.string } ?? []
                target = answer.headers["Link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
            }
            #expect(found.filter { $0.hasPrefix("act") } == (0..<5).reversed().map { "act \($0)" })
            #expect(try await replica.send(.get, "/api/audit?after=1.2", session).status == 400)
        }
    }

    @Test func findsChangedAndMissingRecords() async throws {
        try await withReplicas { replicas in
            for number in 0..<6 {
                try await replicas[0].audit.record(
                    AuditEntry(time: .now(), subject: "test", operation: "act \(number)")
                )
            }
            let records = try await AuditStore(client: replicas[0].client).chain(after: nil, limit: 100)
            #expect(records.count == 6)
            func findings(_ records: [AuditRecord]) -> [String] {
                var verification = AuditVerification()
                for record in records { verification.check(record) }
                return verification.findings.map { "\($0.kind) \($0.number)" }
            }
            #expect(findings(records).isEmpty)
            // Old records are removed from the beginning.
            #expect(findings(Array(records[2...])).isEmpty)
            #expect(findings(records.filter { $0.number != 3 }) == ["missing 4"])
            var entry = records[2].entry
            entry.purpose = "none"
            let forged = AuditRecord(entry, writer: records[2].writer, number: 3, after: records[2].previous)
            #expect(findings(records.map { $0.number == 3 ? forged : $0 }) == ["unchained 4"])
        }
    }

    @Test func findsRecordsThatAreMissingBeforeASignedHead() async throws {
        let keys = try ServiceKeys(text: String(repeating: "a1", count: 32))
        try await withReplicas { replicas in
            let (audit, store) = (replicas[0].audit, AuditStore(client: replicas[0].client))
            let heads = AuditHeads(audit: audit, store: store, keys: { keys }, logger: .silent)
            for number in 0..<3 {
                try await audit.record(AuditEntry(time: .now(), subject: "test", operation: "act \(number)"))
                await heads.sign()
            }
            #expect(audit.unsignedEnds.isEmpty)
            let records = try await store.chain(after: nil, limit: 100)
            let signed = try await store.heads()
            #expect(signed.map(\.number) == [3])
            func findings(_ records: [AuditRecord], _ head: AuditHead, by keys: ServiceKeys = keys) -> [String] {
                var verification = AuditVerification()
                verification.expect(head, signedBy: keys, at: .now())
                for record in records { verification.check(record) }
                verification.finish()
                return verification.findings.map { "\($0.kind) \($0.number)" }
            }
            let head = try #require(signed.first)
            #expect(findings(records, head).isEmpty)
            #expect(findings(Array(records.dropLast()), head) == ["truncated 3"])
            let forged = AuditRecord(
                AuditEntry(time: .now(), subject: "test", operation: "act"),
                writer: records[1].writer,
                number: 3,
                after: records[1].digest
            )
            #expect(findings(records.dropLast() + [forged], head) == ["contradicted 3"])
            let others = try ServiceKeys(text: String(repeating: "a2", count: 32))
            #expect(findings(records, head, by: others) == ["forged 3"])
            // A line of a log keeps the head.
            #expect(AuditHead(in: #"{"level":"info","head":"\#(head.text)"}"#) == head)
            #expect(AuditHead(in: #"{"head":"\#(head.text.dropLast())"}"#) != head)
            #expect(AuditHead(in: "audit-head.v1.a.1.AA.1.AA") == nil)
            let answer = try await replicas[0].send(
                .get,
                "/api/audit/heads",
                try await replicas[0].logIn(1, [GrantedRole(role: .operator, event: nil)])
            )
            #expect(try answer.json[0]?["head"]?.string == head.text)
        }
    }

    /// The head of a chain that ended with a failure is signed as well.
    @Test func signsTheEndOfEveryChain() async throws {
        let sink = FailingSink()
        let log = AuditLog(sink: sink, logger: .silent, metrics: MetricsRegistry())
        let entry = AuditEntry(time: .now(), subject: "person:1", operation: "login")
        try await log.record(entry)
        sink.isAway.withLock { $0 = true }
        await #expect(throws: AuditLog.Unavailable.self) { try await log.record(entry) }
        sink.isAway.withLock { $0 = false }
        try await log.record(entry)
        let ends = log.unsignedEnds
        #expect(ends.map(\.number) == [1, 1])
        log.noteSigned(ends[0])
        #expect(log.unsignedEnds == [ends[1]])
    }

    @Test func refusesReadersWhileTheAuditIsAway() async throws {
        let sink = FailingSink()
        let log = AuditLog(sink: sink, logger: .silent, metrics: MetricsRegistry())
        let entry = AuditEntry(time: .now(), subject: "person:1", operation: "login")
        try await log.record(entry)
        sink.isAway.withLock { $0 = true }
        await #expect(throws: AuditLog.Unavailable.self) { try await log.record(entry) }
        log.note(entry)
        await log.flush()
        sink.isAway.withLock { $0 = false }
        await log.flush()
        let records = sink.records.withLock { $0 }
        #expect(records.map(\.number) == [1, 1])
        #expect(records[0].writer != records[1].writer)
    }
}

/// A store of the audit that can be away.
private final class FailingSink: AuditSink {
    let isAway = Mutex(false)
    let records = Mutex<[AuditRecord]>([])

    func append(_ record: AuditRecord) async throws {
        if isAway.withLock({ $0 }) { throw PostgresError.away }
        records.withLock { $0.append(record) }
    }
}
