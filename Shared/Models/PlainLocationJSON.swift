import Geospatial

/// Reads a location of plain JSON: known members without escapes, at most once each, with valid values in their usual
/// form.
///
/// Nearly all locations have this form, and it takes a tenth of a microsecond: the stored integers come straight from
/// the bytes. At the first unusual byte the reader gives up, and ``LocationReport/init(from:now:)`` reads the location
/// again.
struct PlainLocationJSON {
    private var cursor: PlainJSONCursor
    private var person: PersonID?
    private var latitude: DegreesE7?
    private var longitude: DegreesE7?
    private var time: Timestamp?
    private var accuracy: Accuracy?
    private var mock: Bool?
    private var telemetry = Telemetry()

    /// Reads a location that starts at the beginning of a range.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - range: the readable part; afterwards it starts after the location.
    ///   - now: this machine's time.
    /// - Returns: the location; `nil` if it has another form.
    static func read(_ text: Span<UInt8>, in range: inout Range<Int>, now: Timestamp) -> LocationReport? {
        PlainJSONCursor.read(text, in: &range) { cursor in
            var reader = PlainLocationJSON(cursor: cursor)
            let report = reader.read(now: now)
            cursor = reader.cursor
            return report
        }
    }

    private mutating func read(now: Timestamp) -> LocationReport? {
        guard cursor.skip("{") else { return nil }
        repeat {
            guard cursor.skip("\""), readMember() else { return nil }
        } while cursor.skip(",")
        guard cursor.skip("}"), let person, let latitude, let longitude,
            let coordinate = try? Coordinate(latitude: latitude, longitude: longitude)
        else { return nil }
        if let time {
            guard time.microseconds <= now.microseconds + LocationReport.clockTolerance else { return nil }
        }
        return LocationReport(
            personID: person,
            coordinate: coordinate,
            creationTime: time ?? now,
            accuracy: accuracy,
            isMock: mock ?? false,
            telemetry: telemetry
        )
    }

    // MARK: Members

    /// Reads a member after the opening quotation mark of its name; `false` if it is unusual.
    @inline(__always) private mutating func readMember() -> Bool {
        guard let name = cursor.readName(), cursor.skip(":") else { return false }
        cursor.skipSpace()
        switch name {
        case .personID where person == nil:
            person = readPerson()
            return person != nil
        case .latitude where latitude == nil:
            latitude = readDegrees()
            return latitude != nil
        case .longitude where longitude == nil:
            longitude = readDegrees()
            return longitude != nil
        case .creationTime where time == nil:
            time = cursor.readTime()
            return time != nil
        default: return readRareMember(name)
        }
    }

    private mutating func readRareMember(_ name: PlainJSONCursor.Name) -> Bool {
        switch name {
        case .accuracy where accuracy == nil:
            accuracy = cursor.readNumber().flatMap { Accuracy(metres: $0) }
            return accuracy != nil
        case .mock where mock == nil:
            mock = cursor.readBoolean()
            return mock != nil
        case .altitude: return readQuantity(.altitude)
        case .speed: return readQuantity(.speed)
        case .course: return readQuantity(.course)
        case .battery: return readQuantity(.battery)
        default: return false
        }
    }

    private mutating func readPerson() -> PersonID? {
        guard let decimal = cursor.readDecimal(), decimal.decimals == 0, !decimal.isNegative else { return nil }
        return PersonID(rawValue: decimal.digits)
    }

    private mutating func readDegrees() -> DegreesE7? {
        guard let decimal = cursor.readDecimal() else { return nil }
        return DegreesE7(digits: decimal.digits, decimals: decimal.decimals, isNegative: decimal.isNegative)
    }

    private mutating func readQuantity(_ quantity: Telemetry.Quantity) -> Bool {
        guard telemetry[stored: quantity] == nil, let value = cursor.readNumber(), quantity.range.contains(value) else {
            return false
        }
        telemetry[quantity] = value
        return true
    }
}

extension PlainJSONCursor.Name {
    /// `person_id`.
    static let personID = PlainJSONCursor.Name(low: 0x695F_6E6F_7372_6570, high: 0x2264)
    /// `latitude`.
    static let latitude = PlainJSONCursor.Name(low: 0x6564_7574_6974_616C, high: 0x22)
    /// `longitude`.
    static let longitude = PlainJSONCursor.Name(low: 0x6475_7469_676E_6F6C, high: 0x2265)
    /// `creation_time`.
    static let creationTime = PlainJSONCursor.Name(low: 0x6E6F_6974_6165_7263, high: 0x2265_6D69_745F)
    /// `accuracy`.
    static let accuracy = PlainJSONCursor.Name(low: 0x7963_6172_7563_6361, high: 0x22)
    /// `mock`.
    static let mock = PlainJSONCursor.Name(low: 0x0000_0022_6B63_6F6D, high: 0)
    /// `altitude`.
    static let altitude = PlainJSONCursor.Name(low: 0x6564_7574_6974_6C61, high: 0x22)
    /// `speed`.
    static let speed = PlainJSONCursor.Name(low: 0x0000_2264_6565_7073, high: 0)
    /// `course`.
    static let course = PlainJSONCursor.Name(low: 0x0022_6573_7275_6F63, high: 0)
    /// `battery`.
    static let battery = PlainJSONCursor.Name(low: 0x2279_7265_7474_6162, high: 0)
}
