import Models
import Observability
import TestSupport
import Testing

@testable import Quota

@Suite(.timeLimit(.minutes(10))) struct QuotaLedgerTests {
    private static let now = Timestamp(microseconds: 1_795_995_000_000_000)
    private static let day = QuotaDay(of: now)
    private static let quiet = Logger(service: "tests", level: .error)

    /// Makes ledgers of one client that share a database in memory.
    private struct Bench {
        let clock = TestClock()
        let leases: MemoryLeases
        let client: QuotaClient

        init() throws {
            leases = MemoryLeases(clock: clock)
            client = try #require(QuotaClient("key:1"))
        }

        var account: QuotaAccount {
            QuotaAccount(client: client, daysSince1970: Int32(day.date.daysSince1970))
        }

        func ledger(_ change: (inout LedgerSettings) -> Void = { _ in }) -> QuotaLedger {
            var settings = LedgerSettings()
            change(&settings)
            return QuotaLedger(store: leases, settings: settings, logger: quiet, clock: clock.now)
        }

        func take(
            _ ledger: QuotaLedger,
            units: Int = 1,
            limit: Int = 100,
            on day: QuotaDay = day
        ) async throws -> QuotaVerdict {
            try await ledger.take(units, of: client, limit: limit, on: day, now: now)
        }

        func admits(_ ledger: QuotaLedger, units: Int = 1, limit: Int = 100) async throws -> Bool {
            guard case .admitted = try await take(ledger, units: units, limit: limit) else { return false }
            return true
        }

        /// The remaining units if the ledger refuses the request; otherwise `nil`.
        func refuses(_ ledger: QuotaLedger, units: Int = 1, limit: Int = 100) async throws -> Int? {
            guard case .refused(let standing) = try await take(ledger, units: units, limit: limit) else { return nil }
            return standing.remaining
        }
    }

    /// Runs ledgers while `body` runs, and then stops them.
    private static func running(_ ledgers: [QuotaLedger], _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            for ledger in ledgers { group.addTask { try? await ledger.run() } }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            for ledger in ledgers { await ledger.stop() }
            group.cancelAll()
        }
    }

    @Test func admitsUpToTheLimitAndTellsWhatIsLeft() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            for left in (0..<100).reversed() {
                let expected = QuotaStanding(remaining: left, secondsToReset: 1_800)
                #expect(try await bench.take(ledger) == .admitted(expected))
            }
            let refused = QuotaVerdict.refused(QuotaStanding(remaining: 0, secondsToReset: 1_800))
            #expect(try await bench.take(ledger) == refused)
            let statements = bench.leases.statements
            for _ in 0..<100 { #expect(try await bench.take(ledger) == refused) }
            #expect(bench.leases.statements == statements, "refusals ask the database again")
        }
    }

    @Test func leasesSoThatFewRequestsNeedAStatement() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            for _ in 0..<10_000 { _ = try await bench.take(ledger, limit: 1_000_000) }
            #expect(bench.leases.statements == 20)
        }
        #expect(bench.leases.used(bench.account) == 10_000, "stopped without giving back the rest")
    }

    @Test func requestsThatWaitForTheSameClientShareOneStatement() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            bench.leases.close()
            try await withThrowingTaskGroup { group in
                for _ in 0..<64 { group.addTask { try await bench.take(ledger, limit: 100) } }
                try await eventually { bench.leases.waiting == 1 && ledger.waiting == 64 }
                bench.leases.open()
                var admitted = 0
                for try await case .admitted in group { admitted += 1 }
                #expect(admitted == 64)
            }
            // The first statement may begin before all requests wait; the others then share a second one.
            #expect(bench.leases.statements <= 2)
        }
    }

    @Test func cancelledRequestsCostNothing() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            bench.leases.close()
            let task = Task { try await bench.take(ledger, units: 40) }
            try await eventually { ledger.waiting == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            bench.leases.open()
            for _ in 0..<100 { #expect(try await bench.admits(ledger)) }
        }
    }

    @Test func refusesWhatExceedsTheLimitButAdmitsSmallerRequests() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            #expect(try await bench.refuses(ledger, units: 101) == 100)
            #expect(try await bench.admits(ledger, units: 99))
            #expect(try await bench.refuses(ledger, units: 2) != nil)
            #expect(try await bench.admits(ledger, units: 1))
        }
    }

    @Test func asksOthersForTheirRestBeforeItRefuses() async throws {
        let bench = try Bench()
        let (first, second) = (bench.ledger(), bench.ledger())
        try await Self.running([first, second]) { () async throws in
            // The first ledger then holds the other 499 units of its lease.
            #expect(try await bench.admits(first, limit: 10_000))
            #expect(bench.leases.used(bench.account) == 500)
            #expect(try await bench.admits(second, units: 9_999, limit: 10_000))
            #expect(try await bench.refuses(second, limit: 10_000) != nil)
            #expect(try await bench.refuses(first, limit: 10_000) != nil)
            #expect(bench.leases.used(bench.account) == 10_000)
        }
    }

    @Test func patienceEndsByTheClock() async throws {
        let bench = try Bench()
        let (killed, ledger) = (bench.ledger(), bench.ledger())
        let run = Task { try await killed.run() }
        #expect(try await bench.admits(killed, limit: 10_000))
        run.cancel()
        _ = await run.result
        #expect(try await bench.take(killed, limit: 10_000) == .unavailable)
        try await Self.running([ledger]) { () async throws in
            let task = Task { try await bench.take(ledger, units: 10_000 - 1, limit: 10_000) }
            try await eventually { ledger.waiting == 1 && bench.leases.statements >= 2 }
            bench.clock.advance(2)
            ledger.tick()
            #expect(try await task.value == .refused(QuotaStanding(remaining: 9_500, secondsToReset: 1_800)))
            // After the lease of the killed replica has expired, requests do not wait for it.
            bench.clock.advance(60)
            #expect(try await bench.refuses(ledger, units: 9_501, limit: 10_000) != nil)
            #expect(try await bench.admits(ledger, units: 9_500, limit: 10_000))
        }
    }

    @Test func goesOnFromItsLeaseWithoutTheDatabase() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            #expect(try await bench.admits(ledger, limit: 2_000))
            bench.leases.isAway = true
            for _ in 1..<100 {
                #expect(try await bench.admits(ledger, limit: 2_000))
            }
            #expect(try await bench.take(ledger, limit: 2_000) == .unavailable)
            let statements = bench.leases.statements
            #expect(try await bench.take(ledger, limit: 2_000) == .unavailable)
            #expect(bench.leases.statements == statements, "asks an unavailable database for each request")
            bench.leases.isAway = false
            bench.clock.advance(1)
            #expect(try await bench.admits(ledger, limit: 2_000))
        }
    }

    @Test func stopsUsingALeaseAfterItsTime() async throws {
        let bench = try Bench()
        let ledger = bench.ledger { ($0.idleTime, $0.exchangeAge) = (.seconds(1_000), .seconds(1_000)) }
        try await Self.running([ledger]) { () async throws in
            #expect(try await bench.admits(ledger, limit: 2_000))
            bench.leases.isAway = true
            bench.clock.advance(59)
            #expect(try await bench.admits(ledger, limit: 2_000))
            bench.clock.advance(1)
            #expect(try await bench.take(ledger, limit: 2_000) == .unavailable)
            bench.leases.isAway = false
            bench.clock.advance(1)
            // The new lease takes over the rest.
            #expect(try await bench.admits(ledger, units: 1_998, limit: 2_000))
        }
    }

    @Test func givesBackIdleLeasesAndForgetsTheirClients() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            #expect(try await bench.admits(ledger))
            #expect(bench.leases.used(bench.account) == 5)
            bench.clock.advance(5)
            try await eventually {
                ledger.tick()
                return bench.leases.used(bench.account) == 1 && ledger.accounts == 0
            }
        }
    }

    @Test func holdsABoundedNumberOfClients() async throws {
        let bench = try Bench()
        let ledger = bench.ledger { $0.maximumAccounts = 100 }
        try await Self.running([ledger]) { () async throws in
            for index in 0..<300 {
                let client = try #require(QuotaClient("key:\(index)"))
                let verdict = try await ledger.take(1, of: client, limit: 100, on: Self.day, now: Self.now)
                if index < 100 {
                    guard case .admitted = verdict else {
                        Issue.record("refused a client within the bound")
                        continue
                    }
                } else {
                    #expect(verdict == .unavailable)
                }
            }
            #expect(ledger.accounts == 100)
            // Above half of the maximum, the ledger forgets idle accounts after 1 s, not 5 s.
            bench.clock.advance(1)
            try await eventually {
                ledger.tick()
                return ledger.accounts < 50
            }
            #expect(try await bench.admits(ledger))
        }
    }

    @Test func aNewDayHasItsOwnLimitAlsoWhenTheClockStepsBack() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        let tomorrow = QuotaDay(of: Self.day.end)
        try await Self.running([ledger]) { () async throws in
            var admitted: [QuotaDay: Int] = [:]
            for day in [Self.day, tomorrow, Self.day, tomorrow] {
                for _ in 0..<150 {
                    if case .admitted = try await bench.take(ledger, on: day) { admitted[day, default: 0] += 1 }
                }
            }
            #expect(admitted == [Self.day: 100, tomorrow: 100])
        }
    }

    @Test func countsAChangedLimitAtTheNextLease() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            for _ in 0..<100 { _ = try await bench.take(ledger, limit: 100) }
            #expect(try await bench.refuses(ledger, limit: 100) != nil)
            #expect(try await bench.admits(ledger, units: 50, limit: 150))
            #expect(try await bench.refuses(ledger, limit: 150) != nil)
            #expect(try await bench.refuses(ledger, limit: 10) == 0)
        }
    }

    @Test func stopEndsThoughTheDatabaseIsAway() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        try await Self.running([ledger]) { () async throws in
            #expect(try await bench.admits(ledger))
            bench.leases.isAway = true
            #expect(try await bench.take(ledger, units: 50) == .unavailable)
            await ledger.stop()
        }
        #expect(bench.leases.used(bench.account) == 5)
    }

    @Test func stopAnswersWaitingRequests() async throws {
        let bench = try Bench()
        let ledger = bench.ledger()
        bench.leases.close()
        try await Self.running([ledger]) { () async throws in
            let task = Task { try await bench.take(ledger) }
            try await eventually { ledger.waiting == 1 }
            async let stopped: Void = ledger.stop()
            #expect(try await task.value == .unavailable)
            bench.leases.open()
            await stopped
        }
        #expect(bench.leases.used(bench.account) == 0)
    }
}
