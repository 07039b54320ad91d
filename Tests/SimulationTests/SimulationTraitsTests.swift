import Geospatial
import Models
import Simulation
import Testing

@Suite struct SimulationTraitsTests {
    private static let ofPhones: SimulationTraits = [.sparsePhones, .secondPhones, .wrongClocks, .indoors]

    private static func event(_ traits: SimulationTraits, attendees: Int = 80) -> SimulationConfiguration {
        SimulationConfiguration(attendees: attendees, duration: 3_600, seed: 21, traits: traits)
    }

    @Test func readsNames() {
        #expect(SimulationTraits("none") == [])
        #expect(SimulationTraits("all") == .all)
        #expect(SimulationTraits("strolls,indoors") == [.strolls, .indoors])
        #expect(SimulationTraits.named.reduce([]) { $0.union($1.trait) } == SimulationTraits.all)
        for text in ["", "stroll", "strolls,", "all,none", "Strolls", "strolls indoors"] {
            #expect(SimulationTraits(text) == nil, "\(text)")
        }
    }

    /// The digest is the same on every machine.
    ///
    /// Update it when a trait changes.
    @Test func givesTheSameEventForTheSameSeed() throws {
        let configuration = SimulationConfiguration(attendees: 40, duration: 2_400, seed: 7, traits: .all)
        let recording = try Recording(configuration)
        #expect(try Recording(configuration).deliveries == recording.deliveries)
        #expect(recording.digest == 8_459_892_653_392_365_044)
    }

    @Test func traitsOfPhonesLeaveTheTruthAsItIs() throws {
        let plain = try Recording(Self.event([]))
        let recording = try Recording(Self.event(Self.ofPhones))
        #expect(recording.positions == plain.positions)
        #expect(recording.meetings == plain.meetings)
        #expect(recording.deliveries != plain.deliveries)
    }

    @Test func someFriendsWalkSideBySide() throws {
        let plain = try Self.secondsSideBySide(in: Recording(Self.event([], attendees: 50)))
        let strolling = try Self.secondsSideBySide(in: Recording(Self.event(.strolls, attendees: 50)))
        #expect(strolling.longest >= 120)
        #expect(2 * strolling.total > 3 * plain.total)
    }

    /// The time that pairs walk within 1.2 m of each other: in total, and the longest without a break.
    private static func secondsSideBySide(in recording: Recording) -> (total: Int, longest: Int) {
        var (total, longest) = (0, 0)
        let count = recording.simulator.attendees.count
        for first in 0..<count {
            for second in first + 1..<count {
                var run = 0
                for (before, now) in zip(recording.positions, recording.positions.dropFirst()) {
                    guard let one = now[first], let other = now[second], one.distance(to: other) <= 1.2,
                        let start = before[first], let otherStart = before[second], start.distance(to: one) > 0.5,
                        otherStart.distance(to: other) > 0.5
                    else {
                        run = 0
                        continue
                    }
                    run += 1
                    total += 1
                    longest = max(longest, run)
                }
            }
        }
        return (total, longest)
    }

    @Test func somePhonesReportRarely() throws {
        let recording = try Recording(Self.event(.sparsePhones, attendees: 200))
        let (simulator, trails) = (recording.simulator, Self.trails(of: recording))
        let slow = simulator.attendees.indices.filter { simulator.reportInterval(of: $0) >= 300 }
        let lazy = simulator.attendees.indices.filter { simulator.leastMove(of: $0) > 0 }
        #expect((10...40).contains(slow.count))
        #expect((5...30).contains(lazy.count))
        for attendee in slow {
            for (one, other) in zip(trails[attendee], trails[attendee].dropFirst()) {
                #expect((300...601).contains(Self.seconds(from: one, to: other)))
            }
        }
        for attendee in lazy {
            #expect(!trails[attendee].isEmpty)
            for (one, other) in zip(trails[attendee], trails[attendee].dropFirst()) {
                let distance = Recording.plan(one.coordinate).distance(to: Recording.plan(other.coordinate))
                #expect(distance > simulator.leastMove(of: attendee) - 0.1)
                #expect(Self.seconds(from: one, to: other) >= 20)
            }
        }
    }

    @Test func someAttendeesCarryASecondPhone() throws {
        let recording = try Recording(Self.event(.secondPhones, attendees: 200))
        let owners = recording.simulator.ownersOfTwo
        #expect((6...32).contains(owners.count))
        let second = recording.deliveries.filter { $0.device == 1 }
        #expect(Set(second.map(\.attendee)) == Set(owners))
        #expect(recording.deliveries.allSatisfy { $0.device == 0 || $0.device == 1 })
        let start = recording.simulator.configuration.start.microseconds
        for delivery in second where (delivery.creationTime.microseconds - start) % 1_000_000 == 0 {
            let time = Int((delivery.creationTime.microseconds - start) / 1_000_000)
            let truth = try #require(recording.positions[time][delivery.attendee])
            #expect(Recording.plan(delivery.coordinate).distance(to: truth) < 30)
        }
        // The first phones behave as at an event without second phones.
        let plain = try Recording(Self.event([], attendees: 200))
        #expect(recording.deliveries.filter { $0.device == 0 } == plain.deliveries)
    }

    @Test func someClocksAreOff() throws {
        let plain = try Recording(Self.event([], attendees: 200))
        let recording = try Recording(Self.event(.wrongClocks, attendees: 200))
        #expect(recording.deliveries.count == plain.deliveries.count)
        for (delivery, right) in zip(recording.deliveries, plain.deliveries) {
            let error = Int64(recording.simulator.clockError(of: delivery.attendee))
            #expect(delivery.creationTime.microseconds - right.creationTime.microseconds == error * 1_000)
            #expect(delivery.coordinate == right.coordinate)
            #expect(delivery.deliveredAt == right.deliveredAt)
        }
        let errors = recording.simulator.attendees.indices.map { abs(recording.simulator.clockError(of: $0)) }
        #expect((20...70).contains(errors.count { (1_000...30_000).contains($0) }))
        #expect((2...20).contains(errors.count { (30_001...240_000).contains($0) }))
        #expect(errors.allSatisfy { $0 == 0 || (1_000...240_000).contains($0) })
    }

    @Test func accuraciesDependOnThePlaceIndoors() throws {
        let recording = try Recording(Self.event(.indoors, attendees: 150))
        let start = recording.simulator.configuration.start.microseconds
        var inside = 0.0
        var count = 0.0
        var values: [Set<UInt16>] = Array(repeating: [], count: 150)
        for delivery in recording.deliveries where !delivery.isRepeat {
            let accuracy = try #require(delivery.accuracy)
            #expect((5...30).contains(accuracy.metres))
            values[delivery.attendee].insert(accuracy.metres)
            let time = delivery.creationTime.microseconds - start
            guard time % 1_000_000 == 0,
                let truth = recording.positions[Int(time / 1_000_000)][delivery.attendee]
            else { continue }
            count += 1
            if Recording.plan(delivery.coordinate).distance(to: truth) <= Double(accuracy.metres) { inside += 1 }
        }
        #expect(values.count { $0.count > 2 } > 75)
        #expect(Set(values.joined()).count > 15)
        // 68 %, and some more because it is rounded up.
        #expect((0.63...0.8).contains(inside / count))
    }

    /// The fixes of each attendee's first phone in the order of their times.
    private static func trails(of recording: Recording) -> [[Delivery]] {
        recording.simulator.attendees.indices.map { attendee in
            recording.deliveries.filter { $0.attendee == attendee && $0.device == 0 && !$0.isRepeat }
                .sorted { $0.creationTime < $1.creationTime }
        }
    }

    private static func seconds(from one: Delivery, to other: Delivery) -> Int64 {
        (other.creationTime.microseconds - one.creationTime.microseconds) / 1_000_000
    }
}
