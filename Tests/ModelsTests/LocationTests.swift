import Geospatial
import JSON
import Models
import Testing

@Suite struct LocationTests {
    private let now = Timestamp(microseconds: 1_600_000_000_000_000)

    private func report(_ json: String) throws -> LocationReport {
        var reader = JSONReader(Array(json.utf8))
        let report = try LocationReport(from: &reader, now: now)
        try reader.finish()
        return report
    }

    private func errors(_ json: String) -> [String] {
        do {
            _ = try report(json)
            return []
        } catch let errors as FieldErrors {
            return errors.entries.map { "\($0.field): \($0.message)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test(arguments: [
        #"{"person_id": 5, "latitude": "37.55363", "longitude": "-122.290883", "creation_time": "2020-08-15T10:37:06"}"#,
        #"{"creation_time":"2020-08-15T12:37:06+02:00","longitude":-122.290883,"latitude":37.55363,"person_id":"5","id":1}"#,
        #"{"person_id": 5, "latitude": 3.755363e1, "longitude": -122.29088300, "creation_time": "2020-08-15 10:37:06.0"}"#,
    ])
    func readsNumbersAndStrings(json: String) throws {
        let location = Location(id: try #require(LocationID(partition: 3, offset: 2)), report: try report(json))
        var writer = JSONWriter()
        location.write(to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"id":4294967427,"person_id":5,"longitude":"-122.290883","latitude":"37.55363","#
                + #""creation_time":"2020-08-15T10:37:06"}"#
        )
    }

    @Test(
        arguments: [
            (#"4.2"#, 5), (#""12""#, 12), (#"0"#, 1), (#"1e9"#, 65_535), (#"null"#, nil),
        ] as [(String, UInt16?)]
    )
    func readsTheAccuracy(value: String, metres: UInt16?) throws {
        let report = try report(#"{"person_id": 5, "latitude": 1, "longitude": 2, "accuracy": \#(value)}"#)
        #expect(report.accuracy?.metres == metres)
        var writer = JSONWriter()
        Location(id: try #require(LocationID(rawValue: 1)), report: report).write(to: &writer)
        let end = metres.map { #","accuracy":\#($0)}"# } ?? #""creation_time":"2020-09-13T12:26:40"}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self).hasSuffix(end))
    }

    @Test func writesTheDeviceIfThereIsOne() throws {
        let plain = try report(#"{"person_id": 5, "latitude": 1, "longitude": 2}"#)
        for (device, ending) in [(0, #"12:26:40"}"#), (201, #"12:26:40","device":201}"#)] as [(UInt8, String)] {
            let report = LocationReport(
                personID: plain.personID,
                coordinate: plain.coordinate,
                creationTime: plain.creationTime,
                device: DeviceNumber(stored: device)
            )
            var writer = JSONWriter()
            Location(id: try #require(LocationID(rawValue: 1)), report: report).write(to: &writer)
            #expect(String(decoding: writer.bytes, as: UTF8.self).hasSuffix(ending))
        }
    }

    @Test func writesOnlyMarksThatAreSet() throws {
        let plain = try report(#"{"person_id": 5, "latitude": 1, "longitude": 2}"#)
        for (isMock, isHeartbeat, ending) in [
            (false, false, #":40"}"#), (true, false, #":40","mock":true}"#), (false, true, #":40","heartbeat":true}"#),
            (true, true, #":40","mock":true,"heartbeat":true}"#),
        ] {
            let report = LocationReport(
                personID: plain.personID,
                coordinate: plain.coordinate,
                creationTime: plain.creationTime,
                isMock: isMock,
                isHeartbeat: isHeartbeat
            )
            #expect((report.isMock, report.isHeartbeat) == (isMock, isHeartbeat))
            var writer = JSONWriter()
            Location(id: try #require(LocationID(rawValue: 1)), report: report).write(to: &writer)
            #expect(String(decoding: writer.bytes, as: UTF8.self).hasSuffix(ending))
        }
    }

    @Test func rejectsADeviceInABody() {
        #expect(
            errors(#"{"person_id": 5, "latitude": 1, "longitude": 2, "device": 1}"#) == ["device: Unknown field."]
        )
    }

    @Test func usesTheTimeOfReceiptByDefault() throws {
        #expect(try report(#"{"person_id": 5, "latitude": 1, "longitude": 2}"#).creationTime == now)
        #expect(
            try report(#"{"person_id": 5, "latitude": 1, "longitude": 2, "creation_time": null}"#).creationTime == now
        )
    }

    @Test(arguments: [
        (#"{}"#, ["person_id", "latitude", "longitude"]),
        (#"{"person_id": 1, "latitude": 91, "longitude": 0}"#, ["latitude"]),
        (#"{"person_id": 1, "latitude": "-90.0000001", "longitude": "180.0000001"}"#, ["latitude"]),
        (#"{"person_id": 1, "latitude": 0, "longitude": -180.1}"#, ["longitude"]),
        (#"{"person_id": 1, "latitude": "NaN", "longitude": "inf"}"#, ["latitude", "longitude"]),
        (#"{"person_id": 1, "latitude": true, "longitude": [1]}"#, ["latitude", "longitude"]),
        (#"{"person_id": 1, "latitude": 1e99, "longitude": 1}"#, ["latitude"]),
        (#"{"person_id": 0, "latitude": 1, "longitude": 1}"#, ["person_id"]),
        (#"{"person_id": 2147483648, "latitude": 1, "longitude": 1}"#, ["person_id"]),
        (#"{"person_id": 1.5, "latitude": 1, "longitude": 1}"#, ["person_id"]),
        (#"{"person_id": "x", "latitude": 1, "longitude": 1}"#, ["person_id"]),
        (#"{"person_id": null, "latitude": null, "longitude": null}"#, ["person_id", "latitude", "longitude"]),
        (
            #"{"person_id": 1, "latitude": 1, "longitude": 1, "creation_time": "2020-02-30T00:00:00"}"#,
            ["creation_time"]
        ),
        (
            #"{"person_id": 1, "latitude": 1, "longitude": 1, "creation_time": "1969-12-31T23:59:59"}"#,
            ["creation_time"]
        ),
        (#"{"person_id": 1, "latitude": 1, "longitude": 1, "creation_time": 1600000000}"#, ["creation_time"]),
        (#"{"person_id": 1, "latitude": 1, "longitude": 1, "hurry": 3}"#, ["hurry"]),
        (#"{"person_id": 1, "latitude": 91, "longitude": 1, "accuracy": -1}"#, ["accuracy", "latitude"]),
        (#"3"#, [""]),
    ])
    func namesTheInvalidField(json: String, fields: [String]) {
        #expect(errors(json).map { String($0.prefix { $0 != ":" }) } == fields)
    }

    @Test func rejectsTimesBeyondTheClockTolerance() throws {
        func json(_ time: Int64) -> String {
            #"{"person_id": 1, "latitude": 1, "longitude": 1, "creation_time": "\#(Timestamp(microseconds: time))"}"#
        }
        _ = try report(json(now.microseconds + LocationReport.clockTolerance))
        #expect(
            errors(json(now.microseconds + LocationReport.clockTolerance + 1))
                == ["creation_time: Must not be more than 5 minutes in the future."]
        )
    }

    @Test func numbersPositionsInTheQueueUniquely() throws {
        #expect(LocationID(partition: 0, offset: 0)?.rawValue == 4_294_967_296)
        #expect(LocationID(partition: 63, offset: 7)?.rawValue == 4_294_967_807)
        let place = try #require(LocationID(partition: 63, offset: 7)?.place)
        #expect(place == (63, 7))
        #expect(LocationID(rawValue: 41)?.place == nil)
        #expect(LocationID(partition: 64, offset: 0) == nil)
        #expect(LocationID(partition: -1, offset: 0) == nil)
        #expect(LocationID(partition: 0, offset: -1) == nil)
        // The greatest number is still exact in JavaScript.
        #expect(LocationID(partition: 0, offset: 1 << 47) == nil)
        #expect(PersonID(rawValue: Int64(1) << 31) == nil)
        #expect(PersonID(rawValue: 0) == nil)
    }
}
