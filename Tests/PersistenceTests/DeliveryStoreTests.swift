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
            #expect(try await deliveries.dispatch(limit: 10)?.count == 1)
            #expect(try await deliveries.dispatch(limit: 10)?.count == 0)
            let claimed = try await deliveries.claimRows(limit: 10, of: 10)
            #expect(claimed.map(\.webhook).sorted() == ["all", "both", "event2", "person1"])
            #expect(claimed.allSatisfy { $0.event.person?.rawValue == 1 && $0.event.other?.rawValue == 2 })
            #expect(try await deliveries.claimRows(limit: 10, of: 10).isEmpty)
        }
    }

    @Test func recordsManyOutcomesAtOnceOnlyOfTheirClaims() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(300)
            _ = try await deliveries.dispatch(limit: 300)
            var claimed: [ClaimedDelivery] = []
            while claimed.count < 300 { claimed += try await deliveries.claimRows(limit: 300, of: 300) }
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
            #expect(try await deliveries.dispatch(limit: 10)?.count == 4)
            let claimed = try await deliveries.claimRows(limit: 10, of: 10)
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
            let first = try #require(try await deliveries.claimRows(limit: 10, of: 10).first)
            #expect(first.isConsented)
            try await deliveries.record([DeliveryOutcome(first, .retried(after: 0), status: 500)])
            try await client.execute("UPDATE consent SET is_given = false WHERE person_id = 2 AND purpose = 'meet'")
            let second = try #require(try await deliveries.claimRows(limit: 10, of: 10).first)
            #expect(second.attempt == 2 && !second.isConsented)
        }
    }

    @Test func ignoresOutcomesOfClaimsThatHaveEnded() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(1)
            _ = try await deliveries.dispatch(limit: 10)
            let first = try #require(try await deliveries.claimRows(limit: 1, of: 1).first)
            try await client.execute("UPDATE webhook_delivery SET due_at = now()")
            let second = try #require(try await deliveries.claimRows(limit: 1, of: 1).first)
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
                let claimed = try #require(try await deliveries.claimRows(limit: 1, of: 1).first)
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
            let first = try await deliveries.claimRows(limit: 10, of: 10)
            #expect(first.map(\.event.subject) == ["person:1"])
            #expect(try await deliveries.claimRows(limit: 10, of: 10).isEmpty)
            // The pause of the first one holds up the others.
            try await deliveries.record(first.map { DeliveryOutcome($0, .retried(after: 3_600_000_000)) })
            #expect(try await deliveries.claimRows(limit: 10, of: 10).isEmpty)
            try await client.execute("UPDATE webhook_delivery SET due_at = now() WHERE state = 'pending'")
            try await client.execute("UPDATE webhook SET closed_until = NULL")
            let again = try await deliveries.claimRows(limit: 10, of: 10)
            #expect(again.map(\.id) == first.map(\.id))
            try await deliveries.record(again.map { DeliveryOutcome($0, .delivered) })
            #expect(try await deliveries.claimRows(limit: 10, of: 10).map(\.event.subject) == ["person:2"])
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
            let claimed = try await deliveries.claimRows(limit: 10, of: 3)
            #expect(claimed.filter { $0.webhook == "failing" }.count == 3)
            try await deliveries.record(
                claimed.map { DeliveryOutcome($0, $0.webhook == "failing" ? .retried(after: 0) : .delivered) }
            )
            let others = try await deliveries.claimRows(limit: 10, of: 10)
            #expect(Set(others.map(\.webhook)) == ["working"])
            try await client.execute("UPDATE webhook SET closed_until = now() WHERE closed_until IS NOT NULL")
            let probe = try await deliveries.claimRows(limit: 10, of: 10)
            #expect(probe.map(\.webhook) == ["failing"])
            #expect(try await deliveries.claimRows(limit: 10, of: 10).isEmpty)
            try await deliveries.record(probe.map { DeliveryOutcome($0, .delivered) })
            #expect(try await webhooks.webhook("failing")?.failures == 0)
            // The two failed ones, and then the two that were not claimed before.
            #expect(try await deliveries.claimRows(limit: 10, of: 10).map(\.attempt) == [2, 2])
            #expect(try await deliveries.claimRows(limit: 10, of: 10).map(\.attempt) == [1, 1])
        }
    }

    @Test func aGoneEndpointIsDisabled() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("gone", limitedTo: { _ in })
            try await client.insertErasures(2)
            _ = try await deliveries.dispatch(limit: 10)
            let claimed = try await deliveries.claimRows(limit: 1, of: 1)
            try await deliveries.record(claimed.map { DeliveryOutcome($0, .gone, status: 410) })
            let webhook = try #require(try await webhooks.webhook("gone"))
            #expect(!webhook.details.isEnabled && webhook.disabledReason == "gone")
            #expect(try await deliveries.claimRows(limit: 10, of: 10).isEmpty)
            let enabled = try #require(try await webhooks.replace("gone", details { _ in }))
            #expect(enabled.details.isEnabled && enabled.disabledReason == nil)
            #expect(try await deliveries.claimRows(limit: 10, of: 10).count == 1)
        }
    }

    @Test func givesUpOldDeliveriesAndReplaysThem() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(3)
            _ = try await deliveries.dispatch(limit: 10)
            #expect(try await deliveries.giveUp(olderThan: 60, limit: 100) == 0)
            try await deliveries.unpack(limit: 1, of: 1)
            for table: PostgresQuery in ["webhook_delivery", "webhook_batch"] {
                try await client.execute(
                    "UPDATE \(fragment: table) SET created_at = now() - interval '2 minutes'"
                )
            }
            // Others get attempts, which give them up.
            #expect(try await deliveries.giveUp(olderThan: 60, limit: 100) == 0)
            try await client.execute("UPDATE webhook SET closed_until = now() + interval '1 hour'")
            #expect(try await deliveries.giveUp(olderThan: 60, limit: 100) == 3)
            let dead = try await deliveries.deliveries(of: "all", in: .dead, limit: 10)
            #expect(dead.map(\.error) == ["expired", "expired", "expired"])
            try await client.execute("UPDATE webhook SET closed_until = NULL")
            #expect(try await deliveries.replay(dead[0].id, of: "other") == 0)
            #expect(try await deliveries.replay(dead[0].id, of: "all") == 1)
            #expect(try await deliveries.claimRows(limit: 10, of: 10).map(\.id) == [dead[0].id])
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
                            let claimed = try await deliveries.claimRows(limit: 7, of: 3)
                            if claimed.isEmpty { return own }
                            own += claimed.map(\.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(ids.count == Set(ids).count)
            // A sender that finds all rows locked at a moment stops early.
            var rest: [Int64] = []
            while ids.count + rest.count < 200 {
                let claimed = try await deliveries.claimRows(limit: 1_000, of: 1_000)
                try #require(!claimed.isEmpty)
                rest += claimed.map(\.id)
            }
            #expect(Set(ids + rest).count == 200)
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
            // The batch of the meeting ends before the one of the erasure.
            #expect(try await deliveries.claimRows(limit: 10, of: 10).isEmpty)
            let claimed = try await deliveries.claimRows(limit: 10, of: 10)
            #expect(claimed.map(\.event.type) == [.personErased])
            #expect(claimed.first?.event.person?.rawValue == 2)
        }
    }

    @Test func removesOldEventsWithTheirDeliveries() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(2)
            _ = try await deliveries.dispatch(limit: 1)
            let claimed = try await deliveries.claimBatches(limit: 1, of: ["all"])
            try await deliveries.record(
                [],
                of: claimed.map { $0.outcome { DeliveryOutcome($0, .delivered, status: 204) } }
            )
            try await client.execute("UPDATE domain_event SET recorded_at = now() - interval '1 hour'")
            try await client.execute("UPDATE webhook_batch SET created_at = now() - interval '1 hour'")
            #expect(try await deliveries.removeBatches(olderThan: 60, limit: 10) == 1)
            #expect(try await deliveries.removeEvents(olderThan: 60, limit: 10) == 1)
            #expect(try await client.query("SELECT count(*) FROM webhook_batch").single(Int64.self) == 0)
            let backlog = try await deliveries.backlog(upTo: 10)
            #expect(backlog == (1, 0))
        }
    }

    // MARK: Batches

    @Test func fastEndpointsGetWholeBatches() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("fast", limitedTo: { _ in })
            try await webhooks.create("other", limitedTo: { _ in })
            try await client.insertErasures(40)
            _ = try await deliveries.dispatch(limit: 100)
            let first = try #require(try await deliveries.claimBatches(limit: 10, of: ["fast"]).first)
            let second = try #require(try await deliveries.claimBatches(limit: 10, of: ["fast"]).first)
            #expect(first.deliveries.map(\.event.subject) == (1...32).map { "person:\($0)" })
            #expect(second.deliveries.map(\.event.subject) == (33...40).map { "person:\($0)" })
            #expect(try await deliveries.claimBatches(limit: 10, of: ["fast"]).isEmpty)
            try await deliveries.record(
                [],
                of: [first, second].map { batch in
                    batch.outcome { DeliveryOutcome($0, .delivered, status: 202) }
                }
            )
            let log = try await deliveries.deliveries(of: "fast", limit: 100)
            #expect(log.map(\.messageID) == (1...40).reversed().map { "person:\($0).1" })
            #expect(log.allSatisfy { $0.state == .delivered && $0.status == 202 && $0.attempts == 1 })
            #expect(try await deliveries.states().isEmpty)
            #expect(try await deliveries.deliveries(of: "other", in: .pending, limit: 100).count == 40)
        }
    }

    @Test func whatABatchDoesNotDeliverBecomesRows() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(6)
            _ = try await deliveries.dispatch(limit: 100)
            let fates: [DeliveryOutcome.Fate] = [
                .delivered, .retried(after: 3_600_000_000), .dead, .withheld, .released, .delivered,
            ]
            let batch = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            let outcomes = zip(batch.deliveries, fates).map {
                DeliveryOutcome($0, $1, status: $1 == .delivered ? 200 : nil)
            }
            try await deliveries.record([], of: [BatchOutcome(batch, outcomes)])
            let log = try await deliveries.deliveries(of: "all", limit: 100)
            #expect(log.map(\.id) == batch.deliveries.map(\.id).reversed())
            #expect(log.reversed().map(\.state) == [.delivered, .pending, .dead, .withheld, .pending, .delivered])
            #expect(log.reversed().map(\.attempts) == [1, 1, 1, 1, 0, 1])
            for state in WebhookDelivery.State.allCases {
                let filtered = try await deliveries.deliveries(of: "all", in: state, limit: 100)
                #expect(filtered == log.filter { $0.state == state })
            }
            // The log in pages of each length is the same.
            for length in 1...6 {
                var pages: [WebhookDelivery] = []
                while true {
                    let page = try await deliveries.deliveries(of: "all", before: pages.last?.id, limit: length)
                    pages += page
                    if page.count < length { break }
                }
                #expect(pages == log)
            }
            let released = try await deliveries.claim(limit: 10, of: 10)
            #expect(released.map(\.event.subject) == ["person:5"])
            #expect(try await deliveries.replay(of: "all") == 1)
            #expect(try await deliveries.claim(limit: 10, of: 10).map(\.event.subject) == ["person:3"])
        }
    }

    @Test func aBatchWithoutASuccessLeavesOnlyRows() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(3)
            _ = try await deliveries.dispatch(limit: 100)
            let batch = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            try await deliveries.record(
                [],
                of: [batch.outcome { DeliveryOutcome($0, .retried(after: 0), status: 500) }]
            )
            #expect(try await client.query("SELECT count(*) FROM webhook_batch").single(Int64.self) == 0)
            #expect(try await deliveries.claim(limit: 10, of: 10).map(\.attempt) == [2, 2, 2])
            #expect(try await webhooks.webhook("all")?.failures == 3)
        }
    }

    @Test func ignoresOutcomesOfBatchesWhoseClaimHasEnded() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(2)
            _ = try await deliveries.dispatch(limit: 100)
            let first = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            try await client.execute("UPDATE webhook_batch SET due_at = now()")
            let second = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            #expect(second.id == first.id && second.attempt == 2)
            try await deliveries.record([], of: [first.outcome { DeliveryOutcome($0, .dead) }])
            #expect(try await deliveries.deliveries(of: "all", limit: 10).map(\.state) == [.pending, .pending])
            try await deliveries.record([], of: [second.outcome { DeliveryOutcome($0, .delivered, status: 204) }])
            try await deliveries.record([], of: [second.outcome { DeliveryOutcome($0, .dead) }])
            let log = try await deliveries.deliveries(of: "all", limit: 10)
            #expect(log.allSatisfy { $0.state == .delivered && $0.attempts == 2 })
        }
    }

    @Test func ignoresOutcomesOfABatchOfWhichOthersMadeRows() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(3)
            _ = try await deliveries.dispatch(limit: 100)
            let batch = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            try await client.execute("UPDATE webhook_batch SET due_at = now()")
            let rows = try await deliveries.claimRows(limit: 10, of: 2)
            #expect(rows.map(\.id) == batch.deliveries.prefix(2).map(\.id))
            try await deliveries.record([], of: [batch.outcome { DeliveryOutcome($0, .retried(after: 0)) }])
            try await deliveries.record([], of: [batch.outcome { DeliveryOutcome($0, .delivered, status: 204) }])
            let log = try await deliveries.deliveries(of: "all", limit: 10)
            #expect(log.map(\.id) == batch.deliveries.map(\.id).reversed())
            #expect(log.allSatisfy { $0.state == .pending })
        }
    }

    @Test func aSubscriptionThatBecomesOrderedSendsTheFirstFirst() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(33)
            _ = try await deliveries.dispatch(limit: 100)
            let first = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            let second = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            try await deliveries.record(
                [],
                of: [second.outcome { DeliveryOutcome($0, .retried(after: 0), status: 500) }]
            )
            _ = try #require(try await webhooks.replace("all", details { $0.isOrdered = true }))
            #expect(try await deliveries.claimRows(limit: 10, of: 10).isEmpty)
            // The sender of the first batch was killed.
            try await client.execute("UPDATE webhook_batch SET due_at = now()")
            var subjects: [String] = []
            while let claimed = try await deliveries.claimRows(limit: 10, of: 10).first {
                subjects.append(claimed.event.subject)
                try await deliveries.record([DeliveryOutcome(claimed, .delivered, status: 204)])
            }
            #expect(subjects == (1...33).map { "person:\($0)" })
            #expect(first.deliveries.count == 32)
        }
    }

    @Test func anAcceptedBatchOpensItsEndpoint() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(40)
            _ = try await deliveries.dispatch(limit: 100)
            let failed = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            let accepted = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            try await deliveries.record(
                [],
                of: [failed.outcome { DeliveryOutcome($0, .retried(after: 0), status: 500) }]
            )
            #expect(try await webhooks.webhook("all")?.closedUntil != nil)
            try await deliveries.record([], of: [accepted.outcome { DeliveryOutcome($0, .delivered, status: 204) }])
            let webhook = try #require(try await webhooks.webhook("all"))
            #expect(webhook.failures == 0 && webhook.closedUntil == nil)
        }
    }

    @Test func sendersNeverClaimTheSameBatchOrItsRows() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            let endpoints = (0..<3).map { "w\($0)" }
            for endpoint in endpoints { try await webhooks.create(endpoint, limitedTo: { _ in }) }
            try await client.insertErasures(200)
            _ = try await deliveries.dispatch(limit: 1_000)
            let ids = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for sender in 0..<4 {
                    group.addTask {
                        var own: [Int64] = []
                        for _ in 0..<40 {
                            own +=
                                sender % 2 == 0
                                ? try await deliveries.claimBatches(limit: 2, of: endpoints).flatMap {
                                    $0.deliveries.map(\.id)
                                }
                                : try await deliveries.claimRows(limit: 7, of: 3).map(\.id)
                        }
                        return own
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            var rest: [Int64] = []
            while ids.count + rest.count < 600 {
                let rows = try await deliveries.claimRows(limit: 1_000, of: 1_000)
                try #require(!rows.isEmpty)
                rest += rows.map(\.id)
            }
            #expect(Set(ids + rest).count == 600)
        }
    }

    @Test func orderedAndClosedEndpointsGetNoBatches() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("ordered", limitedTo: { $0.isOrdered = true })
            try await webhooks.create("closed", limitedTo: { _ in })
            try await webhooks.create("failing", limitedTo: { _ in })
            try await webhooks.create("off", limitedTo: { _ in })
            try await client.insertErasures(40)
            _ = try await deliveries.dispatch(limit: 100)
            try await client.execute("UPDATE webhook SET closed_until = now() + interval '1 hour' WHERE id = 'closed'")
            try await client.execute("UPDATE webhook SET failures = 8 WHERE id = 'failing'")
            try await client.execute("UPDATE webhook SET is_enabled = false WHERE id = 'off'")
            let all = ["ordered", "closed", "failing", "off"]
            #expect(try await deliveries.claimBatches(limit: 10, of: all).isEmpty)
            // As endpoints that were fast before, they get rows.
            try await deliveries.unpack(limit: 10, of: 2, unlessFast: all)
            let rows = try await client.query("SELECT webhook_id FROM webhook_delivery ORDER BY id").column(String.self)
            #expect(rows.filter { $0 == "ordered" }.count == 32)
            #expect(rows.filter { $0 == "failing" }.count == 1)
            #expect(rows.count == 33)
        }
    }

    @Test func aBatchLeavesOutErasedEvents() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.giveConsents(of: [1, 2, 3])
            try await client.insertMeeting("first", 1, 2)
            try await client.insertMeeting("second", 1, 3)
            _ = try await deliveries.dispatch(limit: 10)
            _ = try await client.query("SELECT erase_person(2)")
            let batch = try #require(try await deliveries.claimBatches(limit: 1, of: ["all"]).first)
            #expect(batch.deliveries.map(\.event.subject) == ["second"])
            _ = try await client.query("SELECT erase_person(3)")
            let outcome = batch.outcome { DeliveryOutcome($0, .retried(after: 0)) }
            try await deliveries.record([], of: [outcome])
            #expect(try await deliveries.states().isEmpty)
            #expect(try await deliveries.deliveries(of: "all", limit: 10).isEmpty)
            // A batch of nothing but erased events ends, too.
            try await client.giveConsents(of: [4])
            try await client.insertMeeting("third", 1, 4)
            _ = try await deliveries.dispatch(limit: 10)
            try await client.execute("DELETE FROM domain_event")
            for batch in try await deliveries.claimBatches(limit: 1, of: ["all"]) {
                #expect(batch.deliveries.isEmpty)
                try await deliveries.record([], of: [BatchOutcome(batch, [])])
            }
            #expect(try await client.query("SELECT count(*) FROM webhook_batch").single(Int64.self) == 0)
        }
    }

    @Test func findsEventsThatWereCommittedLate() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(3)
            let first = try #require(try await deliveries.dispatch(limit: 2))
            #expect(first.count == 2)
            try await client.execute("INSERT INTO domain_event_queue (position) SELECT min(position) FROM domain_event")
            let second = try #require(try await deliveries.dispatch(limit: 2, after: first.last))
            #expect(second.count == 1)
            #expect(try await deliveries.dispatch(limit: 2)?.count == 1)
        }
    }

    @Test func countsWhatIsDue() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            try await client.insertErasures(40)
            #expect(try await deliveries.backlog(upTo: 100) == (40, 0))
            #expect(try await deliveries.backlog(upTo: 7) == (7, 0))
            _ = try await deliveries.dispatch(limit: 100)
            try await deliveries.unpack(limit: 1, of: 3)
            #expect(try await deliveries.backlog(upTo: 100) == (0, 40))
            #expect(try await deliveries.backlog(upTo: 7) == (0, 7))
            _ = try await deliveries.claimBatches(limit: 1, of: ["all"])
            #expect(try await deliveries.backlog(upTo: 100) == (0, 11))
        }
    }

    @Test func rotationKeepsTheFirstSecretForADay() async throws {
        try await withWebhooks { client, webhooks, deliveries in
            try await webhooks.create("all", limitedTo: { _ in })
            _ = try await webhooks.rotate("all", to: [2])
            #expect(try await deliveries.ping("all", subject: "ping"))
            #expect(try await deliveries.ping("none", subject: "other") == false)
            let claimed = try #require(try await deliveries.claimRows(limit: 1, of: 1).first)
            #expect(claimed.secrets == [[2], [1]] && claimed.event.type == .ping)
            try await deliveries.record([DeliveryOutcome(claimed, .retried(after: 0))])
            try await client.execute("UPDATE webhook SET previous_until = now()")
            #expect(try await deliveries.claimRows(limit: 1, of: 1).first?.secrets == [[2]])
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
    /// Claims rows, after making some of the first deliveries of batches.
    fileprivate func claimRows(limit: Int, of share: Int) async throws -> [ClaimedDelivery] {
        try await unpack(limit: limit, of: share)
        return try await claim(limit: limit, of: share)
    }

    fileprivate func states() async throws -> [String] {
        try await client.query("SELECT state FROM webhook_delivery ORDER BY id").column(String.self)
    }
}

extension ClaimedBatch {
    fileprivate func outcome(_ outcome: (ClaimedDelivery) -> DeliveryOutcome) -> BatchOutcome {
        BatchOutcome(self, deliveries.map(outcome))
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
