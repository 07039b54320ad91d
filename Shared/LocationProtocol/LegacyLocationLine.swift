internal import Geospatial
internal import JSON
internal import Models

/// A JSON line of the legacy system: `{"person_id": 1, "latitude": -122.2, "longitude": 37.5}`.
///
/// Numbers may be strings. A `creation_time` in ISO 8601 is optional. Other members are ignored, like unknown fields of
/// a record.
struct LegacyLocationLine {
    private var personID: PersonID?
    private var latitude: DegreesE7?
    private var longitude: DegreesE7?
    private var creationTime: Timestamp?

    init(_ bytes: UnsafeRawBufferPointer) throws(LocationMessageError) {
        do {
            var reader = JSONReader([UInt8](bytes))
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "person_id":
                    let text = String(decoding: try reader.readNumberText() ?? [], as: UTF8.self)
                    personID = Int64(text).flatMap { PersonID(rawValue: $0) }
                    guard personID != nil else { throw LocationMessageError(.invalidPerson) }
                case "latitude": latitude = try Self.degrees(from: &reader, orThrow: .invalidLatitude)
                case "longitude": longitude = try Self.degrees(from: &reader, orThrow: .invalidLongitude)
                case "creation_time": creationTime = try Self.time(from: &reader)
                default: try reader.skipValue()
                }
            }
            try reader.finish()
        } catch let error as LocationMessageError {
            throw error
        } catch {
            throw LocationMessageError(.malformedJSON)
        }
    }

    func decoded(appendedAt: Timestamp) throws(LocationMessageError) -> DecodedLocation {
        guard let personID else { throw LocationMessageError(.missingPerson) }
        guard let latitude else { throw LocationMessageError(.missingLatitude) }
        guard let longitude else { throw LocationMessageError(.missingLongitude) }
        let time = creationTime ?? appendedAt
        guard time.microseconds <= appendedAt.microseconds + LocationReport.clockTolerance else {
            throw LocationMessageError(.timeInFuture)
        }
        let (coordinate, wereExchanged) = try DecodedLocation.coordinate(
            latitude: latitude,
            longitude: longitude,
            exchangeable: true
        )
        let report = LocationReport(personID: personID, coordinate: coordinate, creationTime: time)
        return DecodedLocation(
            message: LocationMessage(report: report, receivedAt: nil),
            form: .legacyJSON,
            wereAxesExchanged: wereExchanged
        )
    }

    private static func time(from reader: inout JSONReader) throws -> Timestamp? {
        if try reader.peekKind() == .null {
            try reader.readNull()
            return nil
        }
        guard try reader.peekKind() == .string, let time = Timestamp(iso8601: try reader.readString().utf8),
            Timestamp.supported.contains(time)
        else { throw LocationMessageError(.invalidTime) }
        return time
    }

    private static func degrees(
        from reader: inout JSONReader,
        orThrow code: DeadLetterReason
    ) throws -> DegreesE7 {
        let text = try reader.readNumberText() ?? []
        guard let angle = try? DegreesE7(decimal: text) else { throw LocationMessageError(code) }
        return angle
    }
}
