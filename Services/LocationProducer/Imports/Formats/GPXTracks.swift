import Models
import XML

/// The points of GPX 1.0 and 1.1, with the extensions of Garmin, GPSLogger and OsmAnd.
///
/// A track point without a time is rejected. A waypoint or route point without a time is a plan, and is skipped.
struct GPXTracks {
    private struct Point {
        var fields = PhoneFields()
        let isTrack: Bool
        let place: ElementPlace
    }

    private static let pointNames: Set<String> = ["trkpt", "wpt", "rtept"]
    /// The names in ``PhoneFields`` for the children of a point; speeds are in m/s in every extension.
    private static let fieldNames = [
        "time": "timestamp", "ele": "altitude", "speed": "spd", "course": "course", "bearing": "course",
        "heading": "course",
        "hdop": "hdop", "accuracy": "accuracy", "acc": "accuracy",
    ]

    private var point: Point?
    private var text = ElementText()
    private var number = 0

    /// Processes the next part of the file.
    mutating func take(_ event: XMLEvent, into yield: inout ImportYield) {
        switch event {
        case .start(let name, let attributes, let offset):
            text.begin()
            if Self.pointNames.contains(name) {
                number += 1
                var fields = PhoneFields()
                fields.isMetric = true
                for attribute in attributes where ["lat", "lon"].contains(attribute.name) {
                    fields.set(attribute.name, attribute.value)
                }
                let place = ElementPlace(number: number, offset: offset)
                point = Point(fields: fields, isTrack: name == "trkpt", place: place)
            }
        case .text(let part): if point != nil { text.add(part) }
        case .end(let name):
            if Self.pointNames.contains(name) {
                finishPoint(into: &yield)
            } else if let field = Self.fieldNames[name] {
                point?.fields.set(field, text.trimmed)
            }
            text.begin()
        }
    }

    private mutating func finishPoint(into yield: inout ImportYield) {
        guard let point else { return }
        self.point = nil
        // A fix without a place or a time is rejected; the epoch stands for a missing time.
        let fix = point.fields.fix(now: Timestamp(microseconds: 0)) ?? PhoneFix()
        guard point.isTrack || fix.isTimed else { return yield.skip() }
        yield.add(fix, at: point.place)
    }
}
