import Geospatial
import Models
import Simulation
import Testing

@Suite struct EventSimulatorTests {
    /// The digest is the same on every machine.
    ///
    /// Update it when the simulation changes.
    @Test func givesTheSameEventForTheSameSeed() throws {
        let configuration = SimulationConfiguration(attendees: 40, duration: 2_400, seed: 7)
        let recording = try Recording(configuration)
        #expect(try Recording(configuration).deliveries == recording.deliveries)
        #expect(try Recording(configuration).meetings == recording.meetings)
        #expect(recording.digest == 11_871_704_019_807_253_498)

        let other = try Recording(SimulationConfiguration(attendees: 40, duration: 2_400, seed: 8))
        #expect(other.digest != recording.digest)
        #expect(other.deliveries.count > 1_000)
    }

    /// The event of `scripts/bench meetings`.
    ///
    /// Its figures are comparable only while the event is unchanged.
    @Test func keepsTheEventOfTheBenchmark() throws {
        let configuration = SimulationConfiguration(attendees: 200, duration: 6 * 3_600, seed: 11)
        let recording = try Recording(configuration, withPositions: false)
        #expect(recording.digest == 17_845_729_797_513_607_540)
        #expect(recording.meetings.count == 11_596)
    }

    @Test func deliversInOrderAndNothingBeforeItWasMeasured() throws {
        let recording = try Recording(SimulationConfiguration(attendees: 60, duration: 3_600, seed: 1))
        let start = recording.simulator.configuration.start
        var last = start
        var isOutOfOrder = false
        var latest = [Timestamp](repeating: start, count: 60)
        for delivery in recording.deliveries {
            #expect(delivery.deliveredAt >= last)
            #expect(delivery.deliveredAt > delivery.creationTime)
            last = delivery.deliveredAt
            isOutOfOrder = isOutOfOrder || delivery.creationTime < latest[delivery.attendee]
            latest[delivery.attendee] = max(latest[delivery.attendee], delivery.creationTime)
        }
        #expect(isOutOfOrder)
        // Half an hour after closing time, all phones have found a network.
        #expect(last.microseconds - start.microseconds < 5_400 * 1_000_000)
    }

    @Test func repeatsFixesExactlyAndLosesNone() throws {
        let recording = try Recording(SimulationConfiguration(attendees: 60, duration: 3_600, seed: 2))
        var originals: [Key: Coordinate] = [:]
        for delivery in recording.deliveries where !delivery.isRepeat {
            #expect(originals.updateValue(delivery.coordinate, forKey: Key(delivery)) == nil)
        }
        let repeats = recording.deliveries.filter(\.isRepeat)
        for delivery in repeats { #expect(originals[Key(delivery)] == delivery.coordinate) }
        let share = Double(repeats.count) / Double(originals.count)
        #expect((0.005...0.1).contains(share))

        // A phone with a fixed interval measured whenever its owner was present, with or without a network.
        for attendee in 0..<60 {
            let presence = recording.positions.count { $0[attendee] != nil }
            let interval = recording.simulator.reportInterval(of: attendee)
            let fixes = originals.keys.count { $0.attendee == attendee }
            #expect(fixes == (presence + interval - 1) / interval, "attendee \(attendee)")
        }
    }

    @Test func measuresWithErrorsOfThePhonesDeviationThatFadeSlowly() throws {
        let recording = try Recording(SimulationConfiguration(attendees: 150, duration: 3_600, seed: 3))
        let start = recording.simulator.configuration.start.microseconds
        var sum = Point(0, 0)
        var squares = 0.0
        var products = 0.0
        var count = 0.0
        var pairs = 0.0
        var lastError: [Int: (time: Int64, error: Point)] = [:]
        for delivery in recording.deliveries.sorted(by: { $0.creationTime < $1.creationTime }) where !delivery.isRepeat
        {
            let time = delivery.creationTime.microseconds - start
            guard time % 1_000_000 == 0,
                let truth = recording.positions[Int(time / 1_000_000)][delivery.attendee]
            else { continue }
            let deviation = recording.simulator.deviation(of: delivery.attendee)
            let measured = Recording.plan(delivery.coordinate)
            let error = Point((measured.x - truth.x) / deviation, (measured.y - truth.y) / deviation)
            sum = Point(sum.x + error.x, sum.y + error.y)
            squares += error.x * error.x + error.y * error.y
            count += 1
            if let last = lastError[delivery.attendee], time - last.time <= 10_000_000 {
                products += error.x * last.error.x + error.y * last.error.y
                pairs += 1
            }
            lastError[delivery.attendee] = (time, error)
        }
        #expect(count > 5_000)
        #expect(abs(sum.x / count) < 0.25)
        #expect(abs(sum.y / count) < 0.25)
        #expect(abs(squares / count / 2 - 1) < 0.25)
        // Ten seconds at a time constant of 30 to 120 seconds keep 0.71 to 0.92 of an error, five seconds more.
        #expect((0.65...1).contains(products / pairs / 2))
    }

    @Test func givesTheRadiusThatHoldsTwoThirdsOfTheErrors() throws {
        let recording = try Recording(SimulationConfiguration(attendees: 150, duration: 3_600, seed: 3))
        let start = recording.simulator.configuration.start.microseconds
        var inside = 0.0
        var count = 0.0
        for delivery in recording.deliveries where !delivery.isRepeat {
            let time = delivery.creationTime.microseconds - start
            guard time % 1_000_000 == 0,
                let truth = recording.positions[Int(time / 1_000_000)][delivery.attendee]
            else { continue }
            let accuracy = try #require(delivery.accuracy)
            count += 1
            if Recording.plan(delivery.coordinate).distance(to: truth) <= Double(accuracy.metres) { inside += 1 }
        }
        #expect(count > 5_000)
        // More than 68 %, because accuracies of 2.3 to 6.8 m are rounded up, by half a metre on average.
        #expect((0.65...0.85).contains(inside / count))
    }

    @Test func walksAtTheSpeedOfPeople() throws {
        let recording = try Recording(SimulationConfiguration(attendees: 60, duration: 2_400, seed: 4))
        let floor = recording.simulator.venue.floor
        var distance = 0.0
        for (earlier, later) in zip(recording.positions, recording.positions.dropFirst()) {
            for attendee in 0..<60 {
                guard let from = earlier[attendee], let to = later[attendee] else { continue }
                distance += from.distance(to: to)
                #expect(from.distance(to: to) <= 1.5 + 1e-9)
                #expect(floor.contains(to) || to.x < 1)
            }
        }
        // All attendees walk, but none of them all the time.
        let perMinute = distance / Double(recording.positions.reduce(0) { $0 + $1.count { $0 != nil } }) * 60
        #expect((2...40).contains(perMinute))
    }

    @Test func fillsTheRoomsDuringTalks() throws {
        let recording = try Recording(SimulationConfiguration(attendees: 200, duration: 3_700, seed: 5))
        let simulator = recording.simulator
        let talk = try #require(simulator.programme.slots.first)
        func listeners(_ time: Int) -> Int {
            recording.positions[time].count { position in
                position.map { point in simulator.venue.rooms.contains { $0.floor.contains(point) } } ?? false
            }
        }
        let present = recording.positions[talk.start + 1_200].count { $0 != nil }
        #expect(listeners(talk.start + 1_200) > present / 4)
        #expect(listeners(talk.end + 240) < present / 10)
    }

    @Test(arguments: [1, 2, 3, 501]) func takesAnyNumberOfAttendees(count: Int) throws {
        let recording = try Recording(SimulationConfiguration(attendees: count, duration: 120, seed: 6))
        #expect(recording.simulator.attendees.count == count)
        #expect(recording.simulator.venue.wings.count == (count + 499) / 500)
    }

    private struct Key: Hashable {
        let attendee: Int
        let time: Timestamp

        init(_ delivery: Delivery) {
            attendee = delivery.attendee
            time = delivery.creationTime
        }
    }
}
