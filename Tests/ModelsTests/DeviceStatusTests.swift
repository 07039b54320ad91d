import JSON
import Models
import Testing

@Suite struct DeviceStatusTests {
    @Test func writesKnownMembersOnly() throws {
        let id = try #require(DeviceID("jane"))
        let person = try #require(PersonID(rawValue: 7))
        var status = DeviceStatus()
        status.lastSeen = Timestamp(microseconds: 1_600_000_000_000_000)
        status.clockOffset = -1_250
        status.refusal = DeviceStatus.Refusal(reason: .noPlace, time: Timestamp(microseconds: 1_600_000_001_000_000))
        let device = { (status: DeviceStatus) in
            var writer = JSONWriter()
            writer.object { writer in
                Device(
                    id: id,
                    personID: person,
                    number: .none,
                    name: "",
                    creationTime: Timestamp(microseconds: 0),
                    status: status
                ).writeMembers(to: &writer)
            }
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        #expect(device(DeviceStatus()).hasSuffix(#""created_at":"1970-01-01T00:00:00"}"#))
        let detail = DeviceRefusal.noPlace.explanation
        #expect(
            device(status).hasSuffix(
                #"":00","last_seen":"2020-09-13T12:26:40","clock_offset":-1.25,"last_refusal":{"time":"2020-09-13T12:26:41","#
                    .dropFirst() + #""reason":"no_place","detail":"\#(detail)"}}"#
            )
        )
    }

    @Test(arguments: DeviceRefusal.allCases)
    func explainsEachReason(refusal: DeviceRefusal) {
        #expect(refusal.explanation.hasPrefix("Expected "))
        #expect(refusal.explanation.hasSuffix("."))
    }
}
