import Geospatial
import Models
import Testing

@Suite struct ReportedValuesTests {
    private static let now = Timestamp(microseconds: 1_777_888_800_000_000)
    private static let latitude = "Must be a number of degrees from -90 to 90."
    private static let missing = "Missing data for required field."
    private static let battery = "Must be a number of percent from 0 to 100."

    private static func report(
        _ person: Int64 = 1,
        _ latitude: Double? = 1,
        _ longitude: Double? = 2,
        time: Int64? = nil,
        accuracy: Double? = nil,
        battery: Double? = nil
    ) throws(FieldErrors) -> LocationReport {
        var told = LocationReport.ToldQuantities()
        told.battery = battery
        return try LocationReport(
            personID: person,
            latitude: latitude,
            longitude: longitude,
            creationTime: time.map { Timestamp(microseconds: $0) },
            accuracy: accuracy,
            telemetry: told,
            isMock: true,
            now: now
        )
    }

    @Test func acceptsValidValues() throws {
        let report = try Self.report(2_147_483_647, -90, 180, time: 0, accuracy: 4.2, battery: 80)
        #expect(report.coordinate.latitude.rawValue == -900_000_000)
        #expect(report.creationTime.microseconds == 0)
        #expect(report.accuracy?.metres == 5)
        #expect(report.telemetry[.battery] == 80)
        #expect(report.isMock)
        #expect(try Self.report().creationTime == Self.now)
        #expect(try Self.report(time: Self.now.microseconds + 300_000_000).personID.rawValue == 1)
    }

    /// A valid report, with the values that a case changes.
    struct Values: Sendable {
        var person: Int64 = 1
        var latitude: Double? = 1
        var longitude: Double? = 2
        var time: Int64?
        var accuracy: Double?
        var battery: Double?
    }

    @Test(
        arguments: [
            ("person_id", missing, Values(person: 0)),
            ("person_id", "Must be an integer from 1 to 2147483647.", Values(person: -1)),
            ("person_id", "Must be an integer from 1 to 2147483647.", Values(person: 1 << 31)),
            ("latitude", latitude, Values(latitude: 90.0000001)), ("latitude", latitude, Values(latitude: .nan)),
            ("latitude", latitude, Values(latitude: -.infinity)), ("latitude", missing, Values(latitude: nil)),
            ("longitude", missing, Values(longitude: nil)),
            ("longitude", "Must be a number of degrees from -180 to 180.", Values(longitude: -180.0000001)),
            ("creation_time", "Not a valid datetime: must be of the years 1970 to 9999.", Values(time: -1)),
            (
                "creation_time", "Must not be more than 5 minutes in the future.",
                Values(time: now.microseconds + 300_000_001)
            ),
            ("accuracy", "Must be a number of metres, 0 or more.", Values(accuracy: -1)),
            ("battery", battery, Values(battery: 100.5)), ("battery", battery, Values(battery: .nan)),
        ] as [(String, String, Values)]
    )
    func namesTheInvalidField(field: String, message: String, values: Values) {
        #expect(throws: FieldErrors(field, message)) {
            try Self.report(
                values.person,
                values.latitude,
                values.longitude,
                time: values.time,
                accuracy: values.accuracy,
                battery: values.battery
            )
        }
    }

    @Test func namesAllFieldsAtOnce() {
        do {
            _ = try Self.report(0, nil, 181, time: -1, accuracy: .nan, battery: -1)
            Issue.record("Nothing was wrong.")
        } catch {
            let fields = error.entries.map(\.field)
            #expect(fields == ["person_id", "latitude", "longitude", "creation_time", "accuracy", "battery"])
        }
    }
}
