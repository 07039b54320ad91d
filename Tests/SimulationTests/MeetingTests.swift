import Geospatial
import Models
import Simulation
import Testing

@Suite struct MeetingTests {
    /// The definition, word by word, applied to each pair's positions in each second.
    @Test(arguments: [2.0, 5.0]) func areWhatTheTruePositionsSay(radius: Double) throws {
        let configuration = SimulationConfiguration(attendees: 50, duration: 3_000, seed: 11, meetingRadius: radius)
        let recording = try Recording(configuration)
        var expected: [Expectation] = []
        for first in 0..<50 {
            for second in first + 1..<50 {
                var open: Expectation?
                for (time, positions) in recording.positions.enumerated() {
                    guard let one = positions[first], let other = positions[second] else { continue }
                    let distance = one.distance(to: other)
                    guard distance <= radius else { continue }
                    if let earlier = open, time - earlier.end <= 60 {
                        open?.end = time
                        open?.closest = min(earlier.closest, distance)
                    } else {
                        if let earlier = open { expected.append(earlier) }
                        open = Expectation(first: first, second: second, start: time, end: time, closest: distance)
                    }
                }
                if let last = open { expected.append(last) }
            }
        }
        expected.removeAll { $0.end - $0.start < 60 }
        expected.sort { ($0.first, $0.second, $0.start) < ($1.first, $1.second, $1.start) }

        let found = recording.meetings.sorted { ($0.first, $0.second, $0.start) < ($1.first, $1.second, $1.start) }
        #expect(found.count == expected.count)
        #expect(expected.count > 50)
        for (meeting, expectation) in zip(found, expected) {
            let start = configuration.start.microseconds
            #expect(meeting.first == expectation.first)
            #expect(meeting.second == expectation.second)
            #expect(meeting.start.microseconds - start == Int64(expectation.start) * 1_000_000)
            #expect(meeting.end.microseconds - start == Int64(expectation.end) * 1_000_000)
            #expect(meeting.duration == expectation.end - expectation.start)
            #expect(abs(meeting.closest - expectation.closest) < 1e-9)
            #expect(recording.simulator.venue.floor.contains(Recording.plan(meeting.coordinate)))
        }
    }

    @Test func areWrittenAsCSV() throws {
        let meeting = Meeting(
            first: 0,
            second: 1,
            start: Timestamp(microseconds: 1_597_487_826_000_000),
            end: Timestamp(microseconds: 1_597_487_951_000_000),
            closest: 0.504,
            coordinate: try Coordinate(latitude: DegreesE7(rawValue: 375_457_000), longitude: DegreesE7(rawValue: -1))
        )
        let identifiers = [try #require(PersonID(rawValue: 12)), try #require(PersonID(rawValue: 7))]
        var text = TruthTable.header
        TruthTable.append(meeting, identifiers: identifiers, to: &text)
        #expect(
            text == """
                person_a,person_b,start,end,duration_s,closest_m,latitude,longitude
                12,7,2020-08-15T10:37:06,2020-08-15T10:39:11,125,0.50,37.5457,-0.0000001

                """
        )
    }

    private struct Expectation {
        let first: Int
        let second: Int
        let start: Int
        var end: Int
        var closest: Double
    }
}
