import HTTPServer
import ICalendar
import JSON
import Models
import RESTContract

extension EventDetails {
    /// The maximum number of opening hours.
    private static var maximumHours: Int { 366 }
    private static var maximumLength: Int64 { 31 * CalendarDate.microsecondsPerDay }
    private static var retention: ClosedRange<Int> { 1...36_500 }

    /// Reads the body of a request.
    ///
    /// - Throws: `JSONError` if the text is not JSON of this form, or a 422 problem that names each invalid member.
    init(_ bytes: [UInt8]) throws {
        var reader = JSONReader(bytes)
        var (name, timeZone, hours) = (nil as String?, "UTC", [] as [Range<Timestamp>])
        var (venue, retentionDays) = (nil as ZoneArea?, nil as Int32?)
        var errors = ContentErrors()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if ["venue", "retention_days"].contains(key), try reader.skipNull() { continue }
            switch key {
            case "id": try reader.skipValue()
            case "name": name = try reader.readString()
            case "time_zone":
                timeZone = try reader.readString()
                guard !ICalendar.knowsTimeZone(timeZone) else { continue }
                errors.add(
                    "/time_zone",
                    "Expected the name of a time zone in the IANA database, such as Europe/Madrid."
                )
            case "opening_hours": hours = try Self.readHours(&reader, &errors)
            case "venue":
                var geometry = GeoJSONArea(pointer: "/venue")
                venue = try geometry.read(&reader, &errors)
                if let venue { AreaCheck.check(venue, at: "/venue", &errors) }
            case "retention_days":
                let days = try reader.readInteger(as: Int.self)
                retentionDays = Int32(clamping: days)
                guard !Self.retention.contains(days) else { continue }
                errors.add(
                    "/retention_days",
                    "Expected a number of days from 1 to \(Self.retention.upperBound), or null."
                )
            default:
                errors.add(
                    "/\(key.prefix(64).pointerToken)",
                    "Expected name, time_zone, opening_hours, venue or retention_days."
                )
                try reader.skipValue()
            }
        }
        try reader.finish()
        if let name {
            errors.add("/name", VisibleText.problem(of: name, characters: 1...255))
        } else {
            errors.add("/name", "Expected the event's name.")
        }
        try errors.check()
        self.init(name: name ?? "", timeZone: timeZone, hours: hours, venue: venue, retentionDays: retentionDays)
    }

    private static func readHours(
        _ reader: inout JSONReader,
        _ errors: inout ContentErrors
    ) throws -> [Range<Timestamp>] {
        var hours: [(index: Int, time: Range<Timestamp>)] = []
        var index = 0
        try reader.beginArray()
        while try reader.nextElement() {
            defer { index += 1 }
            var (opens, closes) = (nil as Timestamp?, nil as Timestamp?)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "opens": opens = Timestamp(iso8601: try reader.readString().utf8)
                case "closes": closes = Timestamp(iso8601: try reader.readString().utf8)
                default: try reader.skipValue()
                }
            }
            let pointer = "/opening_hours/\(index)"
            guard let opens, let closes, Timestamp.supported.contains(opens), Timestamp.supported.contains(closes)
            else {
                errors.add(
                    pointer,
                    "Expected opens and closes, both times in ISO 8601 such as 2026-05-04T09:00:00+02:00."
                )
                continue
            }
            guard opens < closes, closes.microseconds - opens.microseconds <= maximumLength else {
                errors.add(pointer, "Expected closes after opens, by at most 31 days.")
                continue
            }
            hours.append((index, opens..<closes))
        }
        if index > maximumHours { errors.add("/opening_hours", "Expected at most \(maximumHours) opening hours.") }
        hours.sort { $0.time.lowerBound < $1.time.lowerBound }
        for (earlier, later) in zip(hours, hours.dropFirst()) where earlier.time.overlaps(later.time) {
            errors.add("/opening_hours/\(later.index)", "Expected opening hours that do not overlap.")
        }
        return hours.map(\.time)
    }
}

extension Event {
    /// Writes the object that describes the event.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.rawValue)
            writer.member("name", details.name)
            writer.member("time_zone", details.timeZone)
            writer.array("opening_hours", of: details.hours) { writer, hours in
                writer.object {
                    $0.member("opens", hours.lowerBound.description + "Z")
                    $0.member("closes", hours.upperBound.description + "Z")
                }
            }
            writer.key("venue")
            if let venue = details.venue { GeoJSONArea.write(venue, to: &writer) } else { writer.null() }
            writer.key("retention_days")
            if let days = details.retentionDays { writer.value(days) } else { writer.null() }
        }
    }
}

extension JSONReader {
    /// Skips the next value if it is `null`; returns whether it was.
    mutating func skipNull() throws(JSONError) -> Bool {
        guard try peekKind() == .null else { return false }
        try readNull()
        return true
    }
}
