import Geospatial
import JSON
import Models

/// A feature of GeoJSON (RFC 7946) with points in time.
///
/// GeoJSON itself has no times. A point has its time among its properties. The times of all points of a line are in the property
/// `coordTimes`, as written by togeojson, `times`, or `coordinateProperties.times`.
struct GeoJSONFeature {
    /// The fixes; empty without a geometry.
    let fixes: [PhoneFix]

    private struct Position {
        var latitude: DegreesE7?
        var longitude: DegreesE7?
        var altitude: Double?
    }

    /// Nesting depth of the arrays in a MultiPolygon.
    private static let maximumNesting = 4

    init(from reader: inout JSONReader) throws(JSONError) {
        var positions: [Position] = []
        var times: [Timestamp?] = []
        var fields = PhoneFields()
        fields.isMetric = true
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "geometry":
                try reader.readMembers { key, reader throws(JSONError) in
                    guard key == "coordinates" else { return try reader.skipValue() }
                    try Self.readPositions(from: &reader, into: &positions)
                }
            case "coordinates": try Self.readPositions(from: &reader, into: &positions)
            case "properties":
                try reader.readMembers { key, reader throws(JSONError) in
                    try Self.readProperty(key, from: &reader, &fields, &times)
                }
            default: try reader.skipValue()
            }
        }
        // The time of arrival is unrelated to the file; a fix without a time is rejected.
        var common = fields.fix(now: Timestamp(microseconds: 0)) ?? PhoneFix()
        if !common.isTimed { common.time = nil }
        (common.isHeartbeat, common.isTimed) = (false, true)
        // Reject a line or an area without times as one element, not as a thousand.
        if positions.count > 1, times.isEmpty {
            positions.removeLast(positions.count - 1)
            common.time = nil
        }
        fixes = positions.indices.map { index in
            var fix = common
            (fix.latitude, fix.longitude) = (positions[index].latitude, positions[index].longitude)
            fix.altitude = positions[index].altitude ?? common.altitude
            if positions.count > 1 { fix.time = index < times.count ? times[index] : nil }
            if positions.count == 1, fix.time == nil { fix.time = times.first ?? nil }
            return fix
        }
    }

    private static func readProperty(
        _ key: String,
        from reader: inout JSONReader,
        _ fields: inout PhoneFields,
        _ times: inout [Timestamp?]
    ) throws(JSONError) {
        switch key {
        case "coordTimes", "times": try readTimes(from: &reader, into: &times)
        case "coordinateProperties":
            try reader.readMembers { key, reader throws(JSONError) in
                guard key == "times" else { return try reader.skipValue() }
                try readTimes(from: &reader, into: &times)
            }
        // Some programs write percent, others a share.
        case "battery_level": try reader.skipValue()
        default:
            guard let value = try reader.readTextIfAny() else { return }
            fields.set(key, value)
        }
    }

    /// Parses a position, or nested arrays of positions, into one list.
    private static func readPositions(
        from reader: inout JSONReader,
        into positions: inout [Position],
        nesting: Int = 0
    ) throws(JSONError) {
        guard try reader.peekKind() == .array, nesting < maximumNesting else { return try reader.skipValue() }
        var position = Position()
        var count = 0
        try reader.beginArray()
        while try reader.nextElement() {
            if try reader.peekKind() == .array {
                try readPositions(from: &reader, into: &positions, nesting: nesting + 1)
                continue
            }
            switch count {
            case 0: position.longitude = try reader.readDegreesIfAny()
            case 1: position.latitude = try reader.readDegreesIfAny()
            case 2: position.altitude = try reader.readDecimalIfAny()
            default: try reader.skipValue()
            }
            count += 1
        }
        if count > 0 { positions.append(position) }
    }

    /// Parses times, or nested arrays of times, into one list.
    private static func readTimes(
        from reader: inout JSONReader,
        into times: inout [Timestamp?],
        nesting: Int = 0
    ) throws(JSONError) {
        guard try reader.peekKind() == .array, nesting < maximumNesting else { return try reader.skipValue() }
        try reader.beginArray()
        while try reader.nextElement() {
            if try reader.peekKind() == .array {
                try readTimes(from: &reader, into: &times, nesting: nesting + 1)
            } else {
                times.append(try reader.readTextIfAny().flatMap(PhoneTime.read))
            }
        }
    }
}
