import Models
import Postgres
import Quota
import TestSupport
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct QuotaStoreTests {
    private static let holder = LeaseHolder(number: 1)
    private static let other = LeaseHolder(number: 2)

    private static func account(_ client: String = "key:1", day: Int32 = 20_787) throws -> QuotaAccount {
        QuotaAccount(client: try #require(QuotaClient(client)), daysSince1970: day)
    }

    private static func request(
        _ account: QuotaAccount,
        _ serial: Int64,
        needed: Int = 1,
        rest: Int = 0,
        replacing: Int64? = nil,
        limit: Int = 1_000
    ) -> LeaseRequest {
        LeaseRequest(
            lease: LeaseName(account: account, serial: serial),
            replacing: replacing,
            rest: rest,
            limit: limit,
            needed: needed,
            wanted: needed,
            largest: 500,
            share: 20,
            seconds: 60
        )
    }

    private static func leases(_ client: PostgresClient) async throws -> [Int] {
        try await client.query("SELECT units FROM quota_lease ORDER BY holder, serial").column(Int.self)
    }

    @Test func leasesAShareOfTheRestThatShrinks() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            let account = try Self.account()
            var (left, sizes) = (1_000, [Int]())
            for serial: Int64 in 1...1_000 {
                let answer = try await store.acquire(Self.request(account, serial), for: Self.holder)
                guard case .granted(let units, let now) = answer else {
                    #expect(answer == .refused(left: 0, held: 0))
                    break
                }
                #expect(units == max(1, left / 20))
                left -= units
                #expect(now == left)
                sizes.append(units)
            }
            #expect(sizes.reduce(0, +) == 1_000)
            #expect(sizes.first == 50)
            #expect(sizes.suffix(39).allSatisfy { $0 == 1 })
            #expect(try await store.used(by: account) == 1_000)
        }
    }

    @Test func leasesAtMostTheLargestLeaseAndAtLeastWhatIsNeeded() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            let account = try Self.account()
            let small = try await store.acquire(Self.request(account, 1, limit: 1_000_000), for: Self.holder)
            #expect(small == .granted(500, left: 999_500))
            let big = try await store.acquire(Self.request(account, 2, needed: 900, limit: 1_000_000), for: Self.holder)
            #expect(big == .granted(900, left: 998_600))
            let tooBig = Self.request(try Self.account("key:2"), 3, needed: 11, limit: 10)
            #expect(try await store.acquire(tooBig, for: Self.holder) == .refused(left: 10, held: 0))
        }
    }

    @Test func countsEachDayAndClientByItself() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            for account in [try Self.account(), try Self.account("key:2"), try Self.account(day: 20_788)] {
                let request = Self.request(account, 1, needed: 10, limit: 10)
                #expect(try await store.acquire(request, for: Self.holder) == .granted(10, left: 0))
                #expect(try await store.acquire(request, for: Self.holder) == .refused(left: 0, held: 0))
            }
        }
    }

    @Test func changesTheLimitAtTheNextLease() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            let account = try Self.account()
            for (serial, limit, answer) in [
                (1, 10, LeaseAnswer.granted(10, left: 0)), (2, 5, .refused(left: -5, held: 0)),
                (3, 25, .granted(10, left: 5)),
            ] {
                let request = Self.request(account, Int64(serial), needed: 10, limit: limit)
                #expect(try await store.acquire(request, for: Self.holder) == answer)
            }
        }
    }

    @Test func givesBackALeaseOnceOnly() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            let account = try Self.account()
            _ = try await store.acquire(Self.request(account, 1), for: Self.holder)
            let lease = LeaseName(account: account, serial: 1)
            #expect(try await store.units(of: lease, from: Self.holder) == 50)
            #expect(try await store.units(of: lease, from: Self.other) == nil)
            let rest = LeaseRest(lease: lease, units: 30, isWanted: false)
            try await store.giveBack([rest], from: Self.other)
            #expect(try await store.used(by: account) == 50)
            for _ in 0..<2 {
                try await store.giveBack([rest], from: Self.holder)
                #expect(try await store.used(by: account) == 20)
            }
            #expect(try await store.units(of: lease, from: Self.holder) == nil)
        }
    }

    @Test func replacesALeaseTogetherWithItsRest() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            let account = try Self.account()
            _ = try await store.acquire(Self.request(account, 1), for: Self.holder)
            _ = try await store.acquire(Self.request(account, 2, rest: 3, replacing: 1), for: Self.holder)
            #expect(try await Self.leases(client) == [3 + 950 / 20])
            // A refused one keeps it.
            let refused = Self.request(account, 3, needed: 2_000, rest: 3, replacing: 2)
            #expect(try await store.acquire(refused, for: Self.holder) == .refused(left: 903, held: 0))
            #expect(try await Self.leases(client) == [50])
        }
    }

    @Test func hopesForLeasesOfOthersUntilTheyExpire() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            let account = try Self.account()
            _ = try await store.acquire(Self.request(account, 1), for: Self.holder)
            let request = Self.request(account, 1, needed: 1_000)
            #expect(try await store.acquire(request, for: Self.other) == .refused(left: 950, held: 50))
            try await client.execute("UPDATE quota_lease SET until = until - interval '61 seconds'")
            #expect(try await store.acquire(request, for: Self.other) == .refused(left: 950, held: 0))
            // Its holder lives after all, and gives the rest back.
            let rest = LeaseRest(lease: LeaseName(account: account, serial: 1), units: 50, isWanted: false)
            try await store.giveBack([rest], from: Self.holder)
            #expect(try await store.acquire(request, for: Self.other) == .granted(1_000, left: 0))
        }
    }

    @Test(arguments: ["uda_access", "uda_producer"])
    func theServicesThatCountMayLease(role: String) async throws {
        try await withMigratedDatabase { owner in
            try await TestDatabase.withClient(of: owner.configuration, as: role) { client in
                let store = QuotaStore(client: client, logger: quiet)
                let account = try Self.account()
                _ = try await store.acquire(Self.request(account, 1), for: Self.holder)
                _ = try await store.acquire(Self.request(account, 2, rest: 50, replacing: 1), for: Self.holder)
                let held = try await store.acquire(Self.request(account, 1, needed: 1_000), for: Self.other)
                #expect(held == .refused(left: 903, held: 97))
                let rest = LeaseRest(lease: LeaseName(account: account, serial: 2), units: 97, isWanted: true)
                try await store.giveBack([rest], from: Self.holder)
                #expect(try await store.used(by: account) == 0)
            }
        }
    }

    @Test func removesEarlierDays() async throws {
        try await withMigratedDatabase { client in
            let store = QuotaStore(client: client, logger: quiet)
            for day: Int32 in 20_780..<20_790 {
                _ = try await store.acquire(Self.request(try Self.account(day: day), Int64(day)), for: Self.holder)
            }
            #expect(try await store.removeDays(before: CalendarDate(daysSince1970: 20_787)) == 7)
            #expect(try await Self.leases(client).count == 3)
        }
    }
}
