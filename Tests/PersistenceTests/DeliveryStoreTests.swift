import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

@Suite struct DeliveryStoreTests {
    @Test func deliversAnEventToEachMatchingSubscription() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await webhooks.create("event2", limitedTo: { $0.events = [EventID(stored: 2)] })
            try await webhooks.create("zone5", limitedTo: { $0.zones = [ZoneID(stored: 5)] })
            try await webhooks.create("person1", limitedTo: { $0.persons = [PersonID(stored: 1)] })
            try await webhooks.create("person3", limitedTo: { $0.persons = [PersonID(stored: 3)] })
            try await webhooks.create("both", limitedTo: { $0.persons = [PersonID(stored: 2), PersonID(stored: 1)] })
            try await webhooks.create(
                "person1 at event3",
                limitedTo: { ($0.persons, $0.events) = ([PersonID(stored: 1)], [EventID(stored: 3)]) }
            )
            try await webhooks.create("erasures", limitedTo: { $0.types = [.personErased] })
            try await webhooks.create("off", limitedTo: { $0.isEnabled = false })
            try await client.giveConsents(of: [1, 2])
            try await client.insertMeeting("m", 1, 2, event: 2)
            #expect(try await deliveries.dispatch(limit: 10) == 1)
            #expect(try await deliveries.dispatch(limit: 10) == 0)
            let claimed = try await deliveries.claim(limit: 10, of: 10)
            #expect(claimed.map(\.webhook).sorted() == ["all", "both", "event2", "person1"])
            #expect(claimed.allSatisfy { $0.event.person?.rawValue == 1 && $0.event.other?.rawValue == 2 })
            #expect(try await deliveries.claim(limit: 10, of: 10).isEmpty)
        }
    }

    @Test func recordsManyOutcomesAtOnceOnlyOfTheirClaims() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(300)
            _ = try await deliveries.dispatch(limit: 300)
            let claimed = try await deliveries.claim(limit: 300, of: 300)
            // The first half is over, so that later outcomes of it change nothing.
            let half = claimed.prefix(150).map { DeliveryOutcome($0, .delivered, status: 204) }
            try await deliveries.record(half)
            try await deliveries.record(claimed.map { DeliveryOutcome($0, .retried(after: 0), status: 500) })
            let states = try await deliveries.states()
            #expect(states.prefix(150).allSatisfy { $0 == "delivered" })
            #expect(states.dropFirst(150).allSatisfy { $0 == "pending" })
            #expect(states.count == 300)
        }
    }

    @Test func tellsOnlyWhatBothPersonsHadAgreedTo() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.giveConsents(of: [1], ["meet", "identify"])
            try await client.giveConsents(of: [2], ["meet"])
            try await client.giveConsents(of: [3], ["meet", "identify"], at: "2026-02-01")
            try await client.insertMeeting("agreed", 1, 2)
            try await client.insertMeeting("too early", 1, 3)
            try await client.insertMeeting("not agreed", 1, 4)
            try await client.execute(
                """
                INSERT INTO domain_event (subject, revision, type, person_id, zone_id, started_at)
                VALUES ('visit', 1, 'zone.entered', 1, 5, '2026-01-01')
                """
            )
            #expect(try await deliveries.dispatch(limit: 10) == 4)
            let claimed = try await deliveries.claim(limit: 10, of: 10)
            #expect(claimed.map(\.event.subject) == ["agreed"])
            #expect(claimed.first?.event.person?.rawValue == 1)
            #expect(claimed.first?.event.other == nil)
        }
    }

    @Test func noticesConsentsWithdrawnBeforeARetry() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.giveConsents(of: [1, 2])
            try await client.insertMeeting("m", 1, 2)
            _ = try await deliveries.dispatch(limit: 10)
            let first = try #require(try await deliveries.claim(limit: 10, of: 10).first)
            #expect(first.isConsented)
            try await deliveries.record([DeliveryOutcome(first, .retried(after: 0), status: 500)])
            try await client.execute("UPDATE consent SET is_given = false WHERE person_id = 2 AND purpose = 'meet'")
            let second = try #require(try await deliveries.claim(limit: 10, of: 10).first)
            #expect(second.attempt == 2 && !second.isConsented)
        }
    }

    @Test func ignoresOutcomesOfClaimsThatHaveEnded() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(1)
            _ = try await deliveries.dispatch(limit: 10)
            let first = try #require(try await deliveries.claim(limit: 1, of: 1).first)
            try await client.execute("UPDATE webhook_delivery SET due_at = now()")
            let second = try #require(try await deliveries.claim(limit: 1, of: 1).first)
            #expect(second.id == first.id)
            try await deliveries.record([DeliveryOutcome(first, .dead)])
            #expect(try await deliveries.states() == ["pending"])
            try await deliveries.record([DeliveryOutcome(second, .delivered, status: 204)])
            #expect(try await deliveries.states() == ["delivered"])
        }
    }

    @Test func releasedDeliveriesAreDueAtOnce() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(1)
            _ = try await deliveries.dispatch(limit: 10)
            for _ in 0..<2 {
                let claimed = try #require(try await deliveries.claim(limit: 1, of: 1).first)
                #expect(claimed.attempt == 1)
                try await deliveries.record([DeliveryOutcome(claimed, .released)])
            }
        }
    }

    @Test func orderedSubscriptionsWaitForTheFirstDelivery() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("ordered", limitedTo: { $0.isOrdered = true })
            try await client.insertErasures(3)
            _ = try await deliveries.dispatch(limit: 10)
            let first = try await deliveries.claim(limit: 10, of: 10)
            #expect(first.map(\.event.subject) == ["person:1"])
            #expect(try await deliveries.claim(limit: 10, of: 10).isEmpty)
            // The pause of the first one holds up the others.
            try await deliveries.record(first.map { DeliveryOutcome($0, .retried(after: 3_600_000_000)) })
            #expect(try await deliveries.claim(limit: 10, of: 10).isEmpty)
            try await client.execute("UPDATE webhook_delivery SET due_at = now() WHERE state = 'pending'")
            try await client.execute("UPDATE webhook SET closed_until = NULL")
            let again = try await deliveries.claim(limit: 10, of: 10)
            #expect(again.map(\.id) == first.map(\.id))
            try await deliveries.record(again.map { DeliveryOutcome($0, .delivered) })
            #expect(try await deliveries.claim(limit: 10, of: 10).map(\.event.subject) == ["person:2"])
        }
    }

    @Test func closesAnEndpointAfterFailuresAndProbesIt() async throws {
        var rules = DeliveryStore.Rules()
        rules.failuresToClose = 3
        try await withWebhooks(rules) { client, webhooks, deliveries in
            try await webhooks.create("failing", limitedTo: { _ in })
            try await webhooks.create("working", limitedTo: { _ in })
            try await client.insertErasures(5)
            _ = try await deliveries.dispatch(limit: 10)
            let claimed = try await deliveries.claim(limit: 10, of: 3)
            #expect(claimed.filter { $0.webhook == "failing" }.count == 3)
            try await deliveries.record(
                claimed.map { DeliveryOutcome($0, $0.webhook == "failing" ? .retried(after: 0) : .delivered) }
            )
            let others = try await deliveries.claim(limit: 10, of: 10)
            #expect(Set(others.map(\.webhook)) == ["working"])
            try await client.execute("UPDATE webhook SET closed_until = now() WHERE closed_until IS NOT NULL")
            let probe = try await deliveries.claim(limit: 10, of: 10)
            #expect(probe.map(\.webhook) == ["failing"])
            #expect(try await deliveries.claim(limit: 10, of: 10).isEmpty)
            try await deliveries.record(probe.map { DeliveryOutcome($0, .delivered) })
            #expect(try await webhooks.webhook("failing")?.failures == 0)
            #expect(try await deliveries.claim(limit: 10, of: 10).count == 4)
        }
    }

    @Test func aGoneEndpointIsDisabled() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("gone", limitedTo: { _ in })
            try await client.insertErasures(2)
            _ = try await deliveries.dispatch(limit: 10)
            let claimed = try await deliveries.claim(limit: 1, of: 1)
            try await deliveries.record(claimed.map { DeliveryOutcome($0, .gone, status: 410) })
            let webhook = try #require(try await webhooks.webhook("gone"))
            #expect(!webhook.details.isEnabled && webhook.disabledReason == "gone")
            #expect(try await deliveries.claim(limit: 10, of: 10).isEmpty)
            let enabled = try #require(try await webhooks.replace("gone", details { _ in }))
            #expect(enabled.details.isEnabled && enabled.disabledReason == nil)
            #expect(try await deliveries.claim(limit: 10, of: 10).count == 1)
        }
    }

    @Test func givesUpOldDeliveriesAndReplaysThem() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(3)
            _ = try await deliveries.dispatch(limit: 10)
            #expect(try await deliveries.giveUp(olderThan: 60, limit: 10) == 0)
            try await client.execute("UPDATE webhook_delivery SET created_at = now() - interval '2 minutes'")
            // Others get attempts, which give them up.
            #expect(try await deliveries.giveUp(olderThan: 60, limit: 10) == 0)
            try await client.execute("UPDATE webhook SET closed_until = now() + interval '1 hour'")
            #expect(try await deliveries.giveUp(olderThan: 60, limit: 10) == 3)
            let dead = try await deliveries.deliveries(of: "all", in: .dead, limit: 10)
            #expect(dead.map(\.error) == ["expired", "expired", "expired"])
            try await client.execute("UPDATE webhook SET closed_until = NULL")
            #expect(try await deliveries.replay(dead[0].id, of: "other") == 0)
            #expect(try await deliveries.replay(dead[0].id, of: "all") == 1)
            #expect(try await deliveries.claim(limit: 10, of: 10).map(\.id) == [dead[0].id])
            #expect(try await deliveries.replay(of: "all") == 2)
        }
    }

    @Test func sendersNeverClaimTheSameDelivery() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            for number in 0..<5 { try await webhooks.create("w\(number)", limitedTo: { _ in }) }
            try await client.insertErasures(40)
            _ = try await deliveries.dispatch(limit: 100)
            let ids = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var own: [Int64] = []
                        while true {
                            let claimed = try await deliveries.claim(limit: 7, of: 3)
                            if claimed.isEmpty { return own }
                            own += claimed.map(\.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(ids.count == Set(ids).count)
            // A sender that finds all rows locked at a moment stops early.
            let rest = try await deliveries.claim(limit: 1_000, of: 1_000)
            #expect(ids.count + rest.count == 200)
        }
    }

    @Test func anErasureRemovesThePersonsEvents() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.giveConsents(of: [1, 2])
            try await client.insertMeeting("m", 1, 2)
            _ = try await deliveries.dispatch(limit: 10)
            _ = try await client.query("SELECT erase_person(2)")
            _ = try await deliveries.dispatch(limit: 10)
            let claimed = try await deliveries.claim(limit: 10, of: 10)
            #expect(claimed.map(\.event.type) == [.personErased])
            #expect(claimed.first?.event.person?.rawValue == 2)
        }
    }

    @Test func removesOldEventsWithTheirDeliveries() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(2)
            _ = try await deliveries.dispatch(limit: 1)
            try await client.execute("UPDATE domain_event SET recorded_at = now() - interval '1 hour'")
            #expect(try await deliveries.removeEvents(olderThan: 60, limit: 10) == 1)
            #expect(try await deliveries.states().isEmpty)
            let backlog = try await deliveries.backlog(upTo: 10)
            #expect(backlog == (1, 0))
        }
    }

    @Test func rotationKeepsTheFirstSecretForADay() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            _ = try await webhooks.rotate("all", to: [2])
            #expect(try await deliveries.ping("all", subject: "ping"))
            #expect(try await deliveries.ping("none", subject: "other") == false)
            let claimed = try #require(try await deliveries.claim(limit: 1, of: 1).first)
            #expect(claimed.secrets == [[2], [1]] && claimed.event.type == .ping)
            try await deliveries.record([DeliveryOutcome(claimed, .retried(after: 0))])
            try await client.execute("UPDATE webhook SET previous_until = now()")
            #expect(try await deliveries.claim(limit: 1, of: 1).first?.secrets == [[2]])
        }
    }
}

private func details(_ change: (inout Webhook.Details) -> Void) -> Webhook.Details {
    var details = Webhook.Details(
        name: "test",
        url: "https://example.org/",
        types: Set(DomainEventType.subscribable)
    )
    change(&details)
    return details
}

extension WebhookStore {
    fileprivate func create(_ id: String, limitedTo change: (inout Webhook.Details) -> Void) async throws {
        _ = try #require(try await create(id, details(change), secret: [1], by: "tests"))
    }
}

extension DeliveryStore {
    fileprivate func states() async throws -> [String] {
        try await client.query("SELECT state FROM webhook_delivery ORDER BY id").column(String.self)
    }
}

extension PostgresClient {
    fileprivate func giveConsents(
        of persons: [Int32],
        _ purposes: [String] = ["meet", "identify", "place"],
        at day: String = "2025-01-01"
    ) async throws {
        try await execute(
            """
            INSERT INTO consent (person_id, purpose, is_given, text_version, changed_at)
            SELECT p, u, true, 1, \(day)::timestamptz FROM unnest(\(persons)) AS p, unnest(\(purposes)) AS u
            """
        )
    }

    fileprivate func insertMeeting(_ subject: String, _ first: Int32, _ second: Int32, event: Int32 = 1) async throws {
        try await execute(
            """
            INSERT INTO domain_event (subject, revision, type, person_id, other_id, event_id, started_at, ended_at)
            VALUES (\(subject), 1, 'meeting.started', \(first), \(second), \(event), '2026-01-01', '2026-01-01')
            """
        )
    }

    fileprivate func insertErasures(_ count: Int32) async throws {
        try await execute(
            "INSERT INTO person_erasure (person_id) SELECT n FROM generate_series(1, \(count)) AS n ORDER BY n"
        )
    }
}

private func withWebhooks(
    _ rules: DeliveryStore.Rules = DeliveryStore.Rules(),
    _ body: (PostgresClient, WebhookStore, DeliveryStore) async throws -> Void
) async throws {
    try await withMigratedDatabase { client in
        try await PersonStore(client: client).createPersons(4)
        try await body(client, WebhookStore(client: client), DeliveryStore(client: client, rules: rules))
    }
}
