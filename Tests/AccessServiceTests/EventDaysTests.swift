import Models
import Observability
import Postgres
import Quota
import RESTTestSupport
import TestSupport
import Testing

@testable import AccessService
@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct EventDaysTests {
    private static let now = Timestamp.now()

    @Test func countsByTheTimeZoneOfASingleEvent() async throws {
        try await withReplicas { replicas in
            let client = replicas[0].client
            let event = EventID.standard
            let other = try #require(EventID(rawValue: 2))
            let days = EventDays(logger: .silent) { try await EventStore(client: client).days() }
            #expect(days.day(of: Self.now, for: [event]) == QuotaDay(of: Self.now))
            await days.update()
            // The first event is in UTC.
            #expect(days.day(of: Self.now, for: [event]) == QuotaDay(of: Self.now))
            #expect(days.day(of: Self.now, for: [event, other]) == QuotaDay(of: Self.now))
            #expect(days.day(of: Self.now, for: [other]) == QuotaDay(of: Self.now))
        }
    }

    @Test func readsTheDaysOfTheDatabase() async throws {
        try await TestDatabase.withClient(.tables) { owner in
            try await owner.execute("UPDATE event SET time_zone = 'Pacific/Kiritimati'")
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_access") { client in
                let days = EventDays(logger: .silent) { try await EventStore(client: client).days() }
                await days.update()
                // 14 hours ahead of UTC.
                let expected = QuotaDay(of: Self.now, utcOffset: 14 * 3_600)
                #expect(days.day(of: Self.now, for: [.standard]) == expected)
                #expect(days.day(of: expected.end, for: [.standard]).start == expected.end)
            }
        }
    }
}
