import Geospatial
import LocationQueue
import Models
import Observability
import Postgres
import Proximity
import Simulation
import TestSupport
import Testing

@testable import ConnectionService

@Suite(.timeLimit(.minutes(5))) struct LocationIndexingTests {
    @Test func loadsStoredLocationsAndFollowsTheQueue() async throws {
        let (archive, queue) = try scene(stored: 5, queued: 12)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            #expect(try index.ids == ids(0..<12))
            #expect(index.isLoaded)
            try queue.append(try report(12))
            try await eventually("it is fresh") { try index.ids == ids(0..<13) }
            // Nothing was read twice.
            #expect(index.index.current.count == 13)
        }
        #expect(archive.content.loads == 1)
    }

    @Test func isReadyOnceCaughtUp() async throws {
        let (archive, queue) = try scene(stored: 1, queued: 2)
        queue.change { $0.onTheirWay = 2 }
        try await withIndexing(archive, queue) { index, metrics in
            try await eventually("it is loaded") { try index.ids == ids(0..<2) }
            #expect(!index.isCurrent)
            // One message after the load's end in each partition: the goal is that of the load.
            for partition in 0..<2 {
                for _ in 0..<2 { try queue.append(try report(2), to: partition) }
            }
            try await eventually("it is current") { index.isCurrent }
            queue.change { $0.onTheirWay = 7 }
            try await eventually("the lag is measured") { metrics.value("location_index_lag_messages") == 14 }
            #expect(index.isCurrent)
        }
    }

    @Test func skipsDeadLetters() async throws {
        let (archive, queue) = try scene(stored: 0, queued: 0)
        try queue.append(nil)
        try queue.append(try report(1))
        try queue.append(try report(2, person: 77))
        // The same person, device, time and place.
        try queue.append(try report(1))
        try queue.append(try report(1, person: 2))
        try await withIndexing(archive, queue) { index, metrics in
            try await eventually("it is current") { index.isCurrent }
            #expect(try index.ids == [1, 4].map { try id($0) })
            try await eventually("one is withheld") { metrics.value("location_index_withheld") == 1 }
            // The consumer has processed it, so it is no longer pending.
            archive.change { $0.offsets = [0: 5] }
            try await eventually("none is withheld") { metrics.value("location_index_withheld") == 0 }
            #expect(try index.ids == [1, 4].map { try id($0) })
        }
    }

    @Test func addsLocationsOfPersonsCreatedMeanwhile() async throws {
        let (archive, queue) = try scene(stored: 0, queued: 1)
        let late = try report(1, person: 7)
        let number = try queue.append(late)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            #expect(try index.ids == ids(0..<1))
            // The person was created between the two lookups.
            archive.change { content in
                content.persons.insert(late.personID)
                content.rows = [Location(id: number, report: late)]
                content.offsets = [0: 2]
            }
            try await eventually("it is in the index") { try index.ids == ids(0..<2) }
            try queue.append(try report(2, person: 7))
            try await eventually("the person is known") { try index.ids == ids(0..<3) }
        }
    }

    @Test func skipsDeadLettersFromBeforeTheirPersonExisted() async throws {
        let (archive, queue) = try scene(stored: 0, queued: 0)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            // The consumer has written the first two as dead letters; then the person was created.
            let seventh = try person(7)
            archive.change { content in
                content.persons.insert(seventh)
                content.offsets = [0: 2]
            }
            for index in 0..<4 { try queue.append(try report(index, person: 7)) }
            try await eventually("the rest is in the index") { try index.ids == ids(2..<4) }
        }
    }

    @Test func ignoresLocationsThatTheConsumerDrops() async throws {
        let (archive, queue) = try scene(stored: 2, queued: 6)
        let outside = try id(3)
        let kept = { @Sendable (locations: [Location]) in locations.filter { $0.id != outside } }
        try await withIndexing(archive, queue, kept: kept) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            #expect(try index.ids == ids(0..<6).filter { $0 != outside })
        }
    }

    @Test func reloadsWhenTheDatabaseHasRemovedLocations() async throws {
        let (archive, queue) = try scene(stored: 4, queued: 4)
        archive.change { $0.offsets[0] = 4 }
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            archive.change { $0.rows.removeFirst(2) }
            index.withMembership { $0.needsReload = true }
            try await eventually("the removed locations are gone") { try index.ids == ids(2..<4) }
            // Answers continue meanwhile.
            #expect(index.isCurrent)
        }
        #expect(archive.content.loads == 2)
    }

    @Test func removesErasedPersons() async throws {
        let (archive, queue) = try scene(stored: 4, queued: 8)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            let second = try person(2)
            archive.change { $0.persons.remove(second) }
            index.erase(second)
            #expect(!index.knows(second))
            #expect(index.index.current.trail(of: second, in: always).isEmpty)
            // Later messages have no person.
            try queue.append(try report(9, person: 2))
            try queue.append(try report(9, person: 1))
            try await eventually("the other one's is there") { try index.ids.contains(id(9)) }
            #expect(index.index.current.trail(of: second, in: always).isEmpty)
            // A missed notification.
            let first = try person(1)
            archive.change { $0.persons.remove(first) }
            try await index.eraseMissing(in: archive)
            #expect(index.index.current.persons().isEmpty)
        }
    }

    @Test func reloadsIfTheQueueNoLongerReachesBack() async throws {
        let (archive, queue) = try scene(stored: 3, queued: 6)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { try index.isCurrent && index.ids == ids(0..<6) }
            try archive.storeAll(of: queue)
            queue.change { $0.failures = [LocationQueueError(.offsetOutOfRange)] }
            try await eventually("it was loaded again") { archive.content.loads == 2 }
            try queue.append(try report(6))
            try await eventually("it follows") { try index.isCurrent && index.ids == ids(0..<7) }
            #expect(index.index.current.count == 7)
        }
        #expect(queue.content.tails == 2)
    }

    /// The set-up of a second region adds partitions.
    @Test func followsAddedPartitions() async throws {
        let (archive, queue) = try scene(stored: 1, queued: 2)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            let added = try queue.append(try report(9), to: 8)
            try await eventually("it has the location") { index.ids.contains(added) }
        }
        #expect(archive.content.loads == 2)
    }

    @Test func reloadsIfTheQueueWasRecreated() async throws {
        let (archive, queue) = try scene(stored: 0, queued: 6)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            queue.change { $0.messages = [0: [], 1: []] }
            try await eventually("it has noticed") { archive.content.loads >= 2 }
            try queue.append(try report(0))
            try await eventually("it follows") { try index.isCurrent && index.ids == ids(0..<1) }
        }
    }

    @Test func isNotReadyAheadOfTheQueue() async throws {
        let (archive, queue) = try scene(stored: 3, queued: 2)
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it has tried") { archive.content.loads >= 3 }
            #expect(!index.isCurrent)
            // The queue was restored.
            try queue.append(try report(2))
            try await eventually("it is current") { index.isCurrent }
        }
    }

    @Test func retriesAllFailures() async throws {
        let (archive, queue) = try scene(stored: 2, queued: 4)
        let away = PostgresError(.connectionFailed, "Away.")
        archive.change { $0.failures = [away, away] }
        queue.change { $0.failures = [away, away] }
        try await withIndexing(archive, queue) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            #expect(archive.content.loads >= 2)
            // Messages that were read survive a failed lookup.
            let fifth = try person(5)
            archive.change { content in
                content.persons.insert(fifth)
                content.failures = [away, away]
            }
            try queue.append(try report(4, person: 5))
            try await eventually("it is in the index") { try index.ids == ids(0..<5) }
            #expect(queue.content.tails == 1)
        }
    }

    @Test func dropsTheOldestDaysBeyondTheMaximum() async throws {
        var generator = Xoshiro256(seed: 181)
        // A day each.
        let rows = try (0..<1_000).map { index in
            Location(id: try id(Int64(index)), report: try report(index * 864))
        }
        let archive = ScriptedArchive(
            ScriptedArchive.Content(rows: rows.shuffled(using: &generator), persons: [try person(1), try person(2)])
        )
        let queue = ScriptedQueue()
        var settings = IndexSettings()
        settings.maximumCount = 450
        try await withIndexing(archive, queue, settings) { index, _ in
            try await eventually("it is current") { index.isCurrent }
            let current = index.index.current
            let first = try #require(current.firstDay)
            #expect(Set(current.locations) == Set(rows.filter { $0.report.creationTime.day >= first }))
            #expect(400...450 ~= current.count)
            // Older locations are not added later either.
            try queue.append(try report(10))
            try queue.append(try report(999 * 864 + 1), to: 1)
            try await eventually("the other one is there") { index.index.current.count > current.count }
            #expect(index.index.current.firstDay == first)
            #expect(index.index.current.locations.allSatisfy { $0.report.creationTime.day >= first })
        }
    }
}
