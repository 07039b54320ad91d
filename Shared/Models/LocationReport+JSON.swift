import Geospatial
package import JSON

extension LocationReport {
    /// The maximum by which a phone's clock may be ahead of this machine's clock.
    package static let clockTolerance: Int64 = 5 * 60 * 1_000_000

    /// Reads the REST API's form: `{"person_id", "latitude", "longitude", "creation_time", "accuracy", "altitude",
    /// "speed", "course", "battery", "mock"}`.
    ///
    /// Numbers may be strings, and strings numbers. A missing or null `creation_time` is `now`; other missing or null
    /// members are unknown; an `id` is ignored.
    ///
    /// - Throws: ``FieldErrors`` with every problem at once, or ``JSONError`` if the text is not JSON at all.
    package init(from reader: inout JSONReader, now: Timestamp) throws {
        var plain: LocationReport?
        let isPlain = reader.readValue { text, range in
            plain = LocationReport(plain: text, in: &range, now: now)
            return plain != nil
        }
        if isPlain, let plain {
            self = plain
        } else {
            try self.init(anyOf: &reader, now: now)
        }
    }

    /// Reads a location in its usual form; `nil` for any other text, valid or not.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - range: the readable part; afterwards it starts after the location.
    ///   - now: this machine's time.
    package init?(plain text: Span<UInt8>, in range: inout Range<Int>, now: Timestamp) {
        guard let report = PlainLocationJSON.read(text, in: &range, now: now) else { return nil }
        self = report
    }

    /// Reads a location in any valid form, and collects all problems.
    init(anyOf reader: inout JSONReader, now: Timestamp) throws {
        guard try reader.peekKind() == .object else {
            try reader.skipValue()
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        var fields = Fields()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            try fields.read(key, from: &reader, now: now)
        }
        self = try fields.report(now: now)
    }

    /// The members read so far, and their problems.
    private struct Fields {
        private var personID: PersonID?
        private var latitude: DegreesE7?
        private var longitude: DegreesE7?
        private var creationTime: Timestamp?
        private var accuracy: Accuracy?
        private var isMock = false
        private var telemetry = Telemetry()
        private var errors = FieldErrors()

        mutating func read(_ key: String, from reader: inout JSONReader, now: Timestamp) throws(JSONError) {
            switch key {
            case "person_id": personID = try readPersonID(from: &reader)
            case "latitude": latitude = try readDegrees(key, from: &reader)
            case "longitude": longitude = try readDegrees(key, from: &reader)
            case "creation_time": creationTime = try readTime(from: &reader, now: now)
            case "accuracy": accuracy = try readAccuracy(from: &reader)
            case "mock": isMock = try readMock(from: &reader)
            case "id": try reader.skipValue()
            default:
                if let quantity = Telemetry.Quantity(rawValue: key) {
                    telemetry[quantity] = try readQuantity(quantity, from: &reader)
                    return
                }
                try reader.skipValue()
                add(String(key.prefix(64)), FieldErrors.unknown)
            }
        }

        mutating func report(now: Timestamp) throws(FieldErrors) -> LocationReport {
            for (field, isMissing) in [
                ("person_id", personID == nil), ("latitude", latitude == nil), ("longitude", longitude == nil),
            ] where isMissing && !errors.contains(field) {
                errors.add(field, FieldErrors.missing)
            }
            var coordinate: Coordinate?
            if let latitude, let longitude {
                do {
                    coordinate = try Coordinate(latitude: latitude, longitude: longitude)
                } catch {
                    switch error {
                    case .latitudeOutOfRange: errors.add("latitude", LocationReport.latitudeExpectation)
                    case .longitudeOutOfRange: errors.add("longitude", LocationReport.longitudeExpectation)
                    }
                }
            }
            guard !errors.contains(), let personID, let coordinate else { throw errors }
            return LocationReport(
                personID: personID,
                coordinate: coordinate,
                creationTime: creationTime ?? now,
                accuracy: accuracy,
                isMock: isMock,
                telemetry: telemetry
            )
        }

        private mutating func readPersonID(from reader: inout JSONReader) throws(JSONError) -> PersonID? {
            let text = try reader.readNumberText().map(Self.withoutZeroFraction)
            if let text, let value = Int64(String(decoding: text, as: UTF8.self)) {
                if let id = PersonID(rawValue: value) { return id }
                add("person_id", "Must be \(PersonID.expectation).")
            } else {
                add("person_id", "Not a valid integer: must be \(PersonID.expectation).")
            }
            return nil
        }

        private mutating func readDegrees(
            _ field: String,
            from reader: inout JSONReader
        ) throws(JSONError) -> DegreesE7? {
            let expectation =
                field == "latitude" ? LocationReport.latitudeExpectation : LocationReport.longitudeExpectation
            guard let text = try reader.readNumberText() else {
                add(field, "Not a valid number: \(expectation)")
                return nil
            }
            do {
                return try DegreesE7(decimal: text)
            } catch {
                switch error {
                case .outOfRange: add(field, expectation)
                case .malformed: add(field, "Not a valid number: \(expectation)")
                }
                return nil
            }
        }

        private mutating func readTime(from reader: inout JSONReader, now: Timestamp) throws(JSONError) -> Timestamp? {
            switch try reader.peekKind() {
            case .null:
                try reader.readNull()
                return nil
            case .string:
                let text = try reader.readString()
                guard let time = Timestamp(iso8601: text.utf8), Timestamp.supported.contains(time) else {
                    add(
                        "creation_time",
                        "Not a valid datetime: expected ISO 8601 like 2020-08-15T10:37:06, from 1970 on."
                    )
                    return nil
                }
                guard time.microseconds <= now.microseconds + LocationReport.clockTolerance else {
                    add("creation_time", "Must not be more than 5 minutes in the future.")
                    return nil
                }
                return time
            case .object, .array, .number, .boolean:
                try reader.skipValue()
                add("creation_time", "Not a valid datetime: expected an ISO 8601 string like 2020-08-15T10:37:06.")
                return nil
            }
        }

        private mutating func readAccuracy(from reader: inout JSONReader) throws(JSONError) -> Accuracy? {
            if try reader.peekKind() == .null {
                try reader.readNull()
                return nil
            }
            guard let text = try reader.readNumberText(), let metres = Double(decimal: text) else {
                add("accuracy", "Not a valid number: must be \(Accuracy.expectation).")
                return nil
            }
            guard let accuracy = Accuracy(metres: metres) else {
                add("accuracy", "Must be \(Accuracy.expectation).")
                return nil
            }
            return accuracy
        }

        private mutating func readQuantity(
            _ quantity: Telemetry.Quantity,
            from reader: inout JSONReader
        ) throws(JSONError) -> Double? {
            if try reader.peekKind() == .null {
                try reader.readNull()
                return nil
            }
            guard let text = try reader.readNumberText(), let value = Double(decimal: text) else {
                add(quantity.rawValue, "Not a valid number: must be \(quantity.expectation).")
                return nil
            }
            guard quantity.range.contains(value) else {
                add(quantity.rawValue, "Must be \(quantity.expectation).")
                return nil
            }
            return value
        }

        private mutating func readMock(from reader: inout JSONReader) throws(JSONError) -> Bool {
            switch try reader.peekKind() {
            case .null:
                try reader.readNull()
                return false
            case .boolean: return try reader.readBoolean()
            case .object, .array, .number, .string:
                try reader.skipValue()
                add("mock", "Not a valid boolean: must be true or false.")
                return false
            }
        }

        /// `7.0` is an integer in JSON Schema, and some clients write all numbers in this way.
        private static func withoutZeroFraction(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            guard let point = text.firstIndex(of: UInt8(ascii: ".")), point + 1 < text.endIndex,
                text[(point + 1)...].allSatisfy({ $0 == UInt8(ascii: "0") })
            else { return text }
            return text[..<point]
        }

        private mutating func add(_ field: String, _ message: String) {
            if errors.entries.count < 32 { errors.add(field, message) }
        }
    }

    static let latitudeExpectation = "Must be a number of degrees from -90 to 90."
    static let longitudeExpectation = "Must be a number of degrees from -180 to 180."
}
