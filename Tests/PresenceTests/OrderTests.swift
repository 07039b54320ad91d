import Presence
import Simulation
import Testing

/// The answer depends only on the set of fixes.
@Suite struct OrderTests {
    /// Ten persons for two hours across the border of a chunk, some with two devices.
    private static func crowd() throws -> [TrailKey: [Fix]] {
        var generator = Xoshiro256(seed: 3)
        var scene = Scene()
        for person in Int32(1)...10 {
            for device in 1...(person.isMultiple(of: 4) ? Int32(2) : 1) {
                var place = Point(generator.uniform(0...12), generator.uniform(0...12))
                var seconds = 18_000 + generator.uniform(0...60)
                while seconds < 25_200 {
                    if generator.chance(0.02) { place = Point(generator.uniform(0...12), generator.uniform(0...12)) }
                    try scene.add(
                        person,
                        device: device,
                        at: seconds,
                        place.x + 2 * generator.normal(),
                        place.y + 2 * generator.normal(),
                        accuracy: person.isMultiple(of: 5) ? 0 : 4
                    )
                    seconds += generator.uniform(5...40)
                }
            }
        }
        return scene.fixes
    }

    private static func answers(_ trails: PresenceTrails) async throws -> [PersonMet] {
        try await trails.map().answers(MeetingRule()).map(\.person)
    }

    /// Adds fixes in batches, and segments the affected chunks after each batch.
    private static func fill(_ batches: [[(TrailKey, Fix)]]) -> PresenceTrails {
        var trails = PresenceTrails()
        var known: [TrailKey: [Int64: [Fix]]] = [:]
        for batch in batches {
            var touched: [TrailKey: Set<Int64>] = [:]
            for (key, fix) in batch {
                let number = TrailChunk.number(of: fix.time)
                known[key, default: [:]][number, default: []].append(fix)
                touched[key, default: []].insert(number)
            }
            for (key, numbers) in touched {
                for number in numbers { trails.replace(key, chunk: number, with: known[key]?[number] ?? []) }
            }
        }
        return trails
    }

    @Test func answerIgnoresOrderRepetitionsAndBatches() async throws {
        let fixes = try Self.crowd()
        let all = fixes.flatMap { key, fixes in fixes.map { (key, $0) } }
        let expected = try await Self.answers(Self.fill([all]))
        #expect(!expected.isEmpty)
        for seed in UInt64(1)...4 {
            var generator = Xoshiro256(seed: seed)
            var shuffled = all + all.prefix(500)
            generator.shuffle(&shuffled)
            var batches: [[(TrailKey, Fix)]] = []
            while !shuffled.isEmpty {
                let size = min(shuffled.count, generator.integer(in: 100...900))
                batches.append(Array(shuffled.prefix(size)))
                shuffled.removeFirst(size)
            }
            #expect(try await Self.answers(Self.fill(batches)) == expected)
        }
    }

    @Test func aLateFixChangesOnlyItsChunk() async throws {
        let fixes = try Self.crowd()
        for (key, fixes) in fixes {
            let chunks = Dictionary(grouping: fixes) { TrailChunk.number(of: $0.time) }
            #expect(chunks.count == 2)
            for (number, chunk) in chunks {
                let others = Dictionary(grouping: fixes.filter { $0 != chunk[0] }) { TrailChunk.number(of: $0.time) }
                for (other, expected) in chunks where other != number {
                    #expect(TrailChunk(of: key, others[other] ?? []) == TrailChunk(of: key, expected))
                }
            }
        }
    }

    @Test func isSymmetricInThePersons() async throws {
        let map = await Self.fill([try Self.crowd().flatMap { key, fixes in fixes.map { (key, $0) } }]).map()
        let all = try await map.answers(MeetingRule())
        for person in Int32(1)...10 {
            let own = try map.answers(of: person, MeetingRule())
            let expected = all.filter { $0.person.first == person || $0.person.second == person }
            #expect(own.map(\.person) == expected.map(\.person))
            #expect(own.flatMap(\.meetings) == expected.flatMap(\.meetings))
        }
    }
}
