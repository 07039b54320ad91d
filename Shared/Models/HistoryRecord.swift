import Geospatial

/// A record of Google's location history, `{"latitudeE7", "longitudeE7", "accuracy", "timestamp", …}`.
///
/// A file has hundreds of thousands of records. Members that are not about the place are skipped.
package struct HistoryRecord: Hashable, Sendable {
    /// Degrees × 10⁷, as the file has them.
    package private(set) var latitude: Int64?
    /// Degrees × 10⁷, as the file has them.
    package private(set) var longitude: Int64?
    /// The time.
    package private(set) var time: Timestamp?
    /// The accuracy in metres.
    package private(set) var accuracy: Double?
    /// The altitude in metres.
    package private(set) var altitude: Double?
    /// The speed in m/s.
    package private(set) var speed: Double?
    /// The direction of movement, in degrees clockwise from north.
    package private(set) var course: Double?

    /// Reads a record in its usual form: known members at most once each, no escapes, ASCII.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - range: the readable part; afterwards it starts after the record.
    /// - Returns: the record; `nil` if it has another form.
    package static func readPlain(_ text: Span<UInt8>, in range: inout Range<Int>) -> HistoryRecord? {
        PlainJSONCursor.read(text, in: &range) { cursor in
            var record = HistoryRecord()
            guard cursor.skip("{") else { return nil }
            repeat {
                guard cursor.skip("\""), record.readMember(from: &cursor) else { return nil }
            } while cursor.skip(",")
            return cursor.skip("}") ? record : nil
        }
    }

    /// Reads a member after the opening quotation mark of its name; `false` if it is unusual.
    @inline(__always) private mutating func readMember(from cursor: inout PlainJSONCursor) -> Bool {
        let start = cursor
        if let name = cursor.readName() {
            guard cursor.skip(":") else { return false }
            cursor.skipSpace()
            switch name {
            case .latitudeE7: return Self.set(&latitude, cursor.readInteger())
            case .longitudeE7: return Self.set(&longitude, cursor.readInteger())
            case .timestamp: return Self.set(&time, cursor.readTime())
            case .timestampMs: return Self.set(&time, cursor.readMilliseconds())
            case .accuracy: return Self.set(&accuracy, cursor.readNumber())
            case .altitude: return Self.set(&altitude, cursor.readNumber())
            case .velocity: return Self.set(&speed, cursor.readNumber())
            case .heading: return Self.set(&course, cursor.readNumber())
            case .latE7, .lngE7, .centerLatE7, .centerLngE7, .latLng, .capitalLatLng: return false
            default: break
            }
        }
        // The name is unknown, or it has an escape, at which `readName()` ended too early: read it again as a string.
        cursor = start
        return cursor.skipString() && cursor.skip(":") && cursor.skipValue()
    }

    @inline(__always) private static func set<Value>(_ member: inout Value?, _ value: Value?) -> Bool {
        guard member == nil, let value else { return false }
        member = value
        return true
    }
}

extension PlainJSONCursor {
    /// A time after 1970-01-25 in milliseconds, as a number or a string.
    fileprivate mutating func readMilliseconds() -> Timestamp? {
        guard let value = readInteger(), (1 << 31..<100_000_000_000_000).contains(value) else { return nil }
        return Timestamp(microseconds: value * 1_000)
    }
}

extension PlainJSONCursor.Name {
    /// `latitudeE7`.
    fileprivate static let latitudeE7 = PlainJSONCursor.Name(low: 0x6564_7574_6974_616C, high: 0x0022_3745)
    /// `longitudeE7`.
    fileprivate static let longitudeE7 = PlainJSONCursor.Name(low: 0x6475_7469_676E_6F6C, high: 0x2237_4565)
    /// `timestamp`.
    fileprivate static let timestamp = PlainJSONCursor.Name(low: 0x6D61_7473_656D_6974, high: 0x2270)
    /// `timestampMs`.
    fileprivate static let timestampMs = PlainJSONCursor.Name(low: 0x6D61_7473_656D_6974, high: 0x2273_4D70)
    /// `velocity`.
    fileprivate static let velocity = PlainJSONCursor.Name(low: 0x7974_6963_6F6C_6576, high: 0x0022)
    /// `heading`.
    fileprivate static let heading = PlainJSONCursor.Name(low: 0x2267_6E69_6461_6568, high: 0)
    /// `latE7`.
    fileprivate static let latE7 = PlainJSONCursor.Name(low: 0x2237_4574_616C, high: 0)
    /// `lngE7`.
    fileprivate static let lngE7 = PlainJSONCursor.Name(low: 0x2237_4567_6E6C, high: 0)
    /// `centerLatE7`.
    fileprivate static let centerLatE7 = PlainJSONCursor.Name(low: 0x614C_7265_746E_6563, high: 0x2237_4574)
    /// `centerLngE7`.
    fileprivate static let centerLngE7 = PlainJSONCursor.Name(low: 0x6E4C_7265_746E_6563, high: 0x2237_4567)
    /// `latLng`.
    fileprivate static let latLng = PlainJSONCursor.Name(low: 0x0022_676E_4C74_616C, high: 0)
    /// `LatLng`.
    fileprivate static let capitalLatLng = PlainJSONCursor.Name(low: 0x0022_676E_4C74_614C, high: 0)
}
