import Geospatial
import LocationProtocol
import Models
import Testing

@Suite struct LegacyLocationLineTests {
    @Test func decodesLegacyLines() throws {
        let decoded = try decode(line: #"{"person_id": 1, "latitude": -122.2, "longitude": 37.5}"#)
        #expect(decoded.form == .legacyJSON)
        #expect(decoded.wereAxesExchanged)
        #expect(decoded.message.report.personID.rawValue == 1)
        #expect(decoded.message.report.coordinate.latitude.description == "37.5")
        #expect(decoded.message.report.coordinate.longitude.description == "-122.2")
        #expect(decoded.message.report.creationTime == appendedAt)
        #expect(decoded.message.receivedAt == nil)
    }

    @Test(arguments: [
        #"{"person_id":7,"latitude":35.05,"longitude":-106.57,"creation_time":"2020-08-15T10:37:06"}"#,
        #"{"person_id":"7","latitude":"35.05","longitude":"-106.57","creation_time":"2020-08-15 10:37:06Z"}"#,
        "\r\n\t {\"creation_time\":\"2020-08-15T12:37:06+02:00\",\"longitude\":-1.0657e2,\"latitude\":3505E-2,"
            + "\"person_id\":7}\n",
        #"{"person_id":7,"note":{"a":[1]},"latitude":35.05,"longitude":-106.57,"creation_time":"2020-08-15T10:37:06.0"}"#,
    ])
    func takesNumbersAndStrings(line: String) throws {
        let decoded = try decode(line: line)
        #expect(!decoded.wereAxesExchanged)
        let report = decoded.message.report
        #expect(report.personID.rawValue == 7)
        #expect(report.coordinate.latitude.rawValue == 350_500_000)
        #expect(report.coordinate.longitude.rawValue == -1_065_700_000)
        #expect(report.creationTime.description == "2020-08-15T10:37:06")
    }

    @Test func keepsTheOrderOfAmbiguousAxes() throws {
        let decoded = try decode(line: #"{"person_id": 1, "latitude": 37.5, "longitude": 12.5, "creation_time": null}"#)
        #expect(!decoded.wereAxesExchanged)
        #expect(decoded.message.report.coordinate.latitude.description == "37.5")
        #expect(decoded.message.report.creationTime == appendedAt)
    }

    @Test(
        arguments: [
            ("{", .malformedJSON),
            (" 1", .malformedJSON),
            ("{\"person_id\": 1,}", .malformedJSON),
            (#"{"person_id": 1, "latitude": 1, "longitude": 2} {}"#, .malformedJSON),
            (#"{"person_id": 1, "latitude": NaN, "longitude": 2}"#, .malformedJSON),
            (#"{"latitude": 1, "longitude": 2}"#, .missingPerson),
            (#"{"person_id": 1, "longitude": 2}"#, .missingLatitude),
            (#"{"person_id": 1, "latitude": 1}"#, .missingLongitude),
            (#"{"person_id": 0, "latitude": 1, "longitude": 2}"#, .invalidPerson),
            (#"{"person_id": 2147483648, "latitude": 1, "longitude": 2}"#, .invalidPerson),
            (#"{"person_id": 1.5, "latitude": 1, "longitude": 2}"#, .invalidPerson),
            (#"{"person_id": true, "latitude": 1, "longitude": 2}"#, .invalidPerson),
            (#"{"person_id": 1, "latitude": "NaN", "longitude": 2}"#, .invalidLatitude),
            (#"{"person_id": 1, "latitude": 1e999999999, "longitude": 2}"#, .invalidLatitude),
            (#"{"person_id": 1, "latitude": 91, "longitude": 92}"#, .invalidLatitude),
            (#"{"person_id": 1, "latitude": 1, "longitude": 181}"#, .invalidLongitude),
            (#"{"person_id": 1, "latitude": 1, "longitude": null}"#, .invalidLongitude),
            (#"{"person_id": 1, "latitude": 1, "longitude": 2, "creation_time": "2020-02-30T00:00:00"}"#, .invalidTime),
            (#"{"person_id": 1, "latitude": 1, "longitude": 2, "creation_time": 1597487826}"#, .invalidTime),
            (#"{"person_id": 1, "latitude": 1, "longitude": 2, "creation_time": "1969-12-31T23:59:59"}"#, .invalidTime),
            (
                #"{"person_id": 1, "latitude": 1, "longitude": 2, "creation_time": "2031-01-01T00:00:00"}"#,
                .timeInFuture
            ),
        ] as [(String, DeadLetterReason)]
    )
    func rejectsMalformedLinesWithTheReason(line: String, code: DeadLetterReason) {
        #expect(throws: LocationMessageError(code)) { try decode(line: line) }
    }
}
