import Geospatial
import JSON
import Models

/// An element of `semanticSegments` in Android's Timeline.json, or of the array that iOS exports: a visit, an activity or a path.
struct TimelineSegment {
    /// Empty for memories.
    let fixes: [PhoneFix]

    private enum Content {
        case visit(GooglePlace, level: Int)
        case activity(GooglePlace, GooglePlace)
        case path([PathPoint])
    }

    private struct PathPoint {
        var place = GooglePlace()
        /// Android states the time.
        var time: Timestamp?
        /// iOS states minutes since the start of the segment.
        var minutes: Double?
    }

    init(from reader: inout JSONReader) throws(JSONError) {
        var (start, end): (Timestamp?, Timestamp?) = (nil, nil)
        var content: Content?
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "startTime": start = try reader.readTextIfAny().flatMap(PhoneTime.read)
            case "endTime": end = try reader.readTextIfAny().flatMap(PhoneTime.read)
            case "visit": content = try Self.readVisit(from: &reader)
            case "activity": content = try Self.readActivity(from: &reader)
            case "timelinePath": content = try Self.readPath(from: &reader)
            default: try reader.skipValue()
            }
        }
        switch content {
        // A visit of a higher level is inside another one, for example a shop in a mall.
        case .visit(let place, let level): fixes = level > 0 ? [] : place.stay(from: start, to: end)
        case .activity(let first, let last): fixes = [first.fix(at: start), last.fix(at: end)]
        case .path(let points):
            fixes = points.map { point in
                let later = point.minutes.flatMap { minutes in
                    start.flatMap { PhoneNumber.seconds(Double($0.microseconds) / 1_000_000 + minutes * 60) }
                }
                return point.place.fix(at: point.time ?? later)
            }
        case nil: fixes = []
        }
    }

    private static func readVisit(from reader: inout JSONReader) throws(JSONError) -> Content {
        var (place, level) = (GooglePlace(), 0.0)
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "hierarchyLevel": level = try reader.readDecimalIfAny() ?? 0
            case "topCandidate":
                try reader.readMembers { key, reader throws(JSONError) in
                    guard key == "placeLocation" else { return try reader.skipValue() }
                    place = try GooglePlace.read(from: &reader)
                }
            default: try reader.skipValue()
            }
        }
        return .visit(place, level: level > 0 ? 1 : 0)
    }

    private static func readActivity(from reader: inout JSONReader) throws(JSONError) -> Content {
        var (start, end) = (GooglePlace(), GooglePlace())
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "start": start = try GooglePlace.read(from: &reader)
            case "end": end = try GooglePlace.read(from: &reader)
            default: try reader.skipValue()
            }
        }
        return .activity(start, end)
    }

    private static func readPath(from reader: inout JSONReader) throws(JSONError) -> Content {
        var points: [PathPoint] = []
        guard try reader.peekKind() == .array else {
            try reader.skipValue()
            return .path([])
        }
        try reader.beginArray()
        while try reader.nextElement() {
            var point = PathPoint()
            try reader.readMembers { key, reader throws(JSONError) in
                switch key {
                case "point": point.place = try GooglePlace.read(from: &reader)
                case "time": point.time = try reader.readTextIfAny().flatMap(PhoneTime.read)
                case "durationMinutesOffsetFromStartTime": point.minutes = try reader.readDecimalIfAny()
                default: try reader.skipValue()
                }
            }
            points.append(point)
        }
        return .path(points)
    }
}

/// An element of `rawSignals` in Timeline.json: a measured fix, or another observation.
struct RawSignal {
    /// Empty for other observations.
    let fixes: [PhoneFix]

    init(from reader: inout JSONReader) throws(JSONError) {
        var fixes: [PhoneFix] = []
        try reader.readMembers { key, reader throws(JSONError) in
            guard key == "position" else { return try reader.skipValue() }
            var (place, fix) = (GooglePlace(), PhoneFix())
            try reader.readMembers { key, reader throws(JSONError) in
                switch key {
                case "timestamp": fix.time = try reader.readTextIfAny().flatMap(PhoneTime.read)
                case "accuracyMeters": fix.accuracy = try reader.readDecimalIfAny()
                case "altitudeMeters": fix.altitude = try reader.readDecimalIfAny()
                case "speedMetersPerSecond": fix.speed = try reader.readDecimalIfAny()
                default: try place.read(key, from: &reader)
                }
            }
            (fix.latitude, fix.longitude) = (place.latitude, place.longitude)
            fixes.append(fix)
        }
        self.fixes = fixes
    }
}
