import Geospatial
import JSON
import Models

/// An element of `locations` in Records.json: a measured fix.
struct TakeoutRecord {
    let fixes: [PhoneFix]

    /// Reads a record, quickly if it has the usual form.
    init(from reader: inout JSONReader) throws(JSONError) {
        var record: HistoryRecord?
        let isPlain = reader.readValue { text, range in
            record = HistoryRecord.readPlain(text, in: &range)
            return record != nil
        }
        if isPlain, let record {
            self.init(fixes: [Self.fix(of: record)])
        } else {
            try self.init(anyOf: &reader)
        }
    }

    /// Reads a record of any form.
    init(anyOf reader: inout JSONReader) throws(JSONError) {
        var place = GooglePlace()
        var fix = PhoneFix()
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "timestamp", "timestampMs": fix.time = try reader.readTextIfAny().flatMap(PhoneTime.read)
            case "accuracy": fix.accuracy = try reader.readDecimalIfAny()
            case "altitude": fix.altitude = try reader.readDecimalIfAny()
            case "velocity": fix.speed = try reader.readDecimalIfAny()
            case "heading": fix.course = try reader.readDecimalIfAny()
            default: try place.read(key, from: &reader)
            }
        }
        (fix.latitude, fix.longitude) = (place.latitude, place.longitude)
        fixes = [fix]
    }

    private init(fixes: [PhoneFix]) {
        self.fixes = fixes
    }

    /// The fix of a record that was read quickly.
    static func fix(of record: HistoryRecord) -> PhoneFix {
        var fix = PhoneFix()
        fix.latitude = record.latitude.flatMap { GooglePlace.degrees($0, limit: 90) }
        fix.longitude = record.longitude.flatMap { GooglePlace.degrees($0, limit: 180) }
        (fix.time, fix.accuracy, fix.altitude) = (record.time, record.accuracy, record.altitude)
        (fix.speed, fix.course) = (record.speed, record.course)
        return fix
    }
}

/// An element of `timelineObjects` in a month of Semantic Location History: a stay at a place, or the way to the next one.
struct SemanticObject {
    /// Empty for other elements.
    private(set) var fixes: [PhoneFix] = []

    private struct Span {
        var start: Timestamp?
        var end: Timestamp?
    }

    init(from reader: inout JSONReader) throws(JSONError) {
        var fixes: [PhoneFix] = []
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "placeVisit": fixes += try Self.readVisit(from: &reader)
            case "activitySegment": fixes += try Self.readSegment(from: &reader)
            default: try reader.skipValue()
            }
        }
        self.fixes = fixes
    }

    /// Visits within another one have the same time and are skipped.
    private static func readVisit(from reader: inout JSONReader) throws(JSONError) -> [PhoneFix] {
        var (place, center, span) = (GooglePlace(), GooglePlace(), Span())
        var path: [PhoneFix] = []
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "location": place = try GooglePlace.read(from: &reader)
            case "duration": span = try readSpan(from: &reader)
            case "simplifiedRawPath": path = try readPath(from: &reader)
            default: try center.read(key, from: &reader)
            }
        }
        if place.latitude == nil { place = center }
        return place.stay(from: span.start, to: span.end) + path
    }

    private static func readSegment(from reader: inout JSONReader) throws(JSONError) -> [PhoneFix] {
        var (start, end, span) = (GooglePlace(), GooglePlace(), Span())
        var path: [PhoneFix] = []
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "startLocation": start = try GooglePlace.read(from: &reader)
            case "endLocation": end = try GooglePlace.read(from: &reader)
            case "duration": span = try readSpan(from: &reader)
            case "simplifiedRawPath": path = try readPath(from: &reader)
            default: try reader.skipValue()
            }
        }
        return [start.fix(at: span.start)] + path + [end.fix(at: span.end)]
    }

    private static func readSpan(from reader: inout JSONReader) throws(JSONError) -> Span {
        var span = Span()
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "startTimestamp", "startTimestampMs":
                span.start = try reader.readTextIfAny().flatMap(PhoneTime.read)
            case "endTimestamp", "endTimestampMs": span.end = try reader.readTextIfAny().flatMap(PhoneTime.read)
            default: try reader.skipValue()
            }
        }
        return span
    }

    private static func readPath(from reader: inout JSONReader) throws(JSONError) -> [PhoneFix] {
        var fixes: [PhoneFix] = []
        try reader.readMembers { key, reader throws(JSONError) in
            guard key == "points", try reader.peekKind() == .array else { return try reader.skipValue() }
            try reader.beginArray()
            while try reader.nextElement() {
                var (place, time, accuracy) = (GooglePlace(), nil as Timestamp?, nil as Double?)
                try reader.readMembers { key, reader throws(JSONError) in
                    switch key {
                    case "timestamp", "timestampMs": time = try reader.readTextIfAny().flatMap(PhoneTime.read)
                    case "accuracyMeters": accuracy = try reader.readDecimalIfAny()
                    default: try place.read(key, from: &reader)
                    }
                }
                var fix = place.fix(at: time)
                fix.accuracy = accuracy
                fixes.append(fix)
            }
        }
        return fixes
    }
}
