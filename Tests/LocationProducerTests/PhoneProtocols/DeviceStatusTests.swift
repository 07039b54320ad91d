import Models
import Testing

@testable import LocationProducer

@Suite struct DeviceStatusTests {
    private static func id(_ name: String) throws -> DeviceID { try #require(DeviceID(name)) }

    private static func moment(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: noon.microseconds + seconds * 1_000_000)
    }

    @Test(
        arguments: [
            ([], nil), ([2_000], -2_000), ([-90_000, -89_000], 90_000),
            // Most messages are late, because they wait for a network; one in eight is not.
            (
                Array(repeating: [900_000, 600_000, 1_500, 90_000, 70_000, 80_000, 60_000, 50_000], count: 5).joined(),
                -1_500
            ),
            // One message that came from a clock that jumped does not change the median.
            ([[-9_000_000], Array(repeating: 1_000, count: 39)].joined(), -1_000),
        ] as [(any Sequence<Int64> & Sendable, Int64?)]
    )
    func estimatesTheClockByTheLeastDelays(delays: any Sequence<Int64> & Sendable, offset: Int64?) {
        var clock = ClockEstimate()
        for delay in Array(delays) { clock.note(delay: delay * 1_000) }
        #expect(clock.offset == offset)
    }

    /// A phone that sends fixes from a year ago does not have a clock that is a year slow.
    @Test func delayedMessagesDoNotAffectTheClockEstimate() {
        var clock = ClockEstimate()
        for _ in 0..<20 { clock.note(delay: 46_821_215 * 1_000_000) }
        #expect(clock.offset == nil)
        clock.note(delay: 2_000_000)
        for _ in 0..<20 { clock.note(delay: ClockEstimate.longestDelay + 1) }
        #expect(clock.offset == -2_000)
    }

    @Test func aDeviceIsStoredAtMostOnceAMinute() throws {
        let sightings = DeviceSightings()
        let device = try Self.id("jane")
        var writes = 0
        for second in Int64(0)..<600 {
            sightings.note(device, at: Self.moment(second), fixTime: Self.moment(second), refusal: nil)
            writes += sightings.takeDue(at: Self.moment(second)).count
        }
        #expect(writes == 10)
        #expect(sightings.takeDue(at: Self.moment(600)).count == 1)
        #expect(sightings.takeDue(at: Self.moment(700)).isEmpty)
    }

    @Test func retriesFailedWrites() async throws {
        let sightings = DeviceSightings()
        let device = try Self.id("jane")
        sightings.note(device, at: Self.moment(0), fixTime: nil, refusal: nil)
        let due = sightings.takeDue(at: Self.moment(0))
        sightings.restore(due.keys)
        #expect(sightings.takeDue(at: Self.moment(59)).isEmpty)
        #expect(sightings.takeDue(at: Self.moment(60)) == due)
        sightings.note(device, at: Self.moment(61), fixTime: nil, refusal: nil)
        #expect(sightings.takeDue(at: Self.moment(62), all: true)[device]?.lastSeen == Self.moment(61))
    }

    @Test func limitsTheNumberOfDevices() throws {
        let sightings = DeviceSightings()
        for number in 0..<DeviceSightings.capacity + 10 {
            sightings.note(try Self.id("d\(number)"), at: Self.moment(0), fixTime: nil, refusal: nil)
        }
        var count = 0
        while case let due = sightings.takeDue(at: Self.moment(1)), !due.isEmpty {
            #expect(due.count <= DeviceSightings.batchSize)
            count += due.count
        }
        #expect(count == DeviceSightings.capacity)
        // An hour later there is room again.
        _ = sightings.takeDue(at: Self.moment(3_700))
        sightings.note(try Self.id("new"), at: Self.moment(3_700), fixTime: nil, refusal: nil)
        #expect(sightings.takeDue(at: Self.moment(3_700)).count == 1)
    }

    /// `noon` is 1777888800.
    @Test func messagesUpdateTheirDevices() async throws {
        let sightings = DeviceSightings()
        let location = #"{"_type":"location","lat":1,"lon":2,"tst":"#
        _ = try await PhoneForm.send(
            [
                .ownTracks("in time", location + "1777888797}", []),
                .overland(
                    "a clock that is not set",
                    #"{"locations":[{"geometry":{"coordinates":[2,1]},"properties":{"timestamp":"1970-01-01T00:00:09Z"}}]}"#,
                    []
                ),
                .query("a clock that is an hour fast", "id=123456&lat=1&lon=2&timestamp=1777892400", []),
                .query("no place", "id=48241179&lat=1&timestamp=1777888799", []),
                .post("a wrong token", "lat=1&lon=2", headers: ["Authorization: Basic SkI6eA=="], []),
                .post("a wrong token", "lat=1&lon=2", headers: ["Authorization: Basic Sko6eA=="], []),
                .ownTracks(
                    "encrypted",
                    #"{"_type":"encrypted","data":"x"}"#,
                    headers: ["Authorization: Basic YWE6YmI6Y2M6MDA6MTE6MjI6c2l4dGg="],
                    []
                ),
            ],
            sightings: sightings
        )
        let due = sightings.takeDue(at: noon)
        var lines: [String] = []
        for (device, status) in due.sorted(by: { $0.key.text < $1.key.text }) {
            let offset = status.clockOffset.map { "\($0)" } ?? "-"
            let reason = status.refusal?.reason.rawValue ?? "-"
            lines.append("\(device.text) \(status.lastSeen == noon) \(offset) \(reason)")
        }
        #expect(
            lines == [
                "123456 true 3600000 in_future", "48241179 true -1000 no_place", "JJ false - wrong_token",
                "aa:bb:cc:00:11:22 false - encrypted", "bo true - clock_not_set", "jane true -3000 -",
            ]
        )
    }
}
