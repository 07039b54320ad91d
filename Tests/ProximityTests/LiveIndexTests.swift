import Models
import Synchronization
import Testing

@testable import Proximity

@Suite struct LiveIndexTests {
    /// While one task adds and another one merges, readers see only whole batches, each time at least as many as before.
    @Test(.timeLimit(.minutes(2))) func readersSeeWholeBatchesOnly() async throws {
        var crowd = Crowd(seed: 21)
        let batch = 50
        let locations = crowd.locations(6_000, round: GridIndexTests.places[0], by: 60)
        let live = LiveIndex()
        let progress = Progress()
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 400_000)))
        try await withThrowingTaskGroup { group in
            for reader in 0..<2 {
                group.addTask {
                    var last = 0
                    while !progress.isDone.load(ordering: .acquiring) {
                        let index = live.current
                        let count = Crowd.persons.reduce(0) { $0 + index.trail(of: $1, in: window).count }
                        #expect(count == index.count)
                        #expect(count % batch == 0)
                        #expect(count >= last)
                        last = count
                        let person = Crowd.persons[reader]
                        let contacts = try index.contacts(of: person, in: window, radius: .standard)
                        #expect(try contacts.count == index.contactCount(of: person, in: window, radius: .standard))
                        progress.reads.add(1, ordering: .relaxed)
                        await Task.yield()
                    }
                }
            }
            group.addTask {
                while !progress.isDone.load(ordering: .acquiring) {
                    if !live.compactIfDue() { await Task.yield() }
                }
            }
            group.addTask {
                for start in stride(from: 0, to: locations.count, by: batch) {
                    live.append(Array(locations[start..<start + batch]))
                    if start % 600 == 0 { await Task.yield() }
                }
                progress.isDone.store(true, ordering: .releasing)
            }
            try await group.waitForAll()
        }
        while live.compactIfDue() {}
        #expect(live.current.count == locations.count)
        #expect(progress.reads.load(ordering: .relaxed) > 0)
        let whole = GridIndex(locations)
        for person in Crowd.persons {
            #expect(live.current.trail(of: person, in: window) == whole.trail(of: person, in: window))
        }
    }

    @Test func keepsChangesMadeDuringAMerge() throws {
        var crowd = Crowd(seed: 23)
        let locations = crowd.locations(9_000, round: GridIndexTests.places[0], by: 60)
        // Too few locations for an immediate merge.
        let index = GridIndex(Array(locations[..<6_000])).adding(Array(locations[6_000..<6_060]))
        let parts = index.segments.filter { $0.day == index.days?.lowerBound }
        #expect(parts.count == 2)
        let merge = SegmentMerge(segments: parts)
        let later = index.adding(Array(locations[6_060...])).erasing(Crowd.persons[0])
        let merged = later.merging(merge)
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 400_000)))
        for person in Crowd.persons {
            #expect(merged.trail(of: person, in: window) == later.trail(of: person, in: window))
        }
        #expect(merged.trail(of: Crowd.persons[0], in: window).isEmpty)
    }

    @Test func evictsTheOldestDaysAtItsBound() throws {
        var crowd = Crowd(seed: 25)
        let locations = crowd.locations(3_000, round: GridIndexTests.places[0], by: 60)
        let live = LiveIndex(maximumCount: 2_000)
        for start in stride(from: 0, to: locations.count, by: 100) {
            live.append(Array(locations[start..<start + 100]))
            #expect(live.current.count <= 2_000)
        }
        let first = try #require(live.current.days?.lowerBound)
        #expect(live.current.firstDay == first)
        #expect(live.current.count == locations.filter { $0.report.creationTime.day >= first }.count)
    }
}

/// The progress of a test.
private final class Progress: Sendable {
    let isDone = Atomic(false)
    let reads = Atomic(0)
}
