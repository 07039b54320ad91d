import Models
import XML

/// The placemarks and tracks of KML 2.2 and 2.3 that have times.
///
/// A track (`gx:Track`) has a list of times and a list of places. A placemark's point has the time of its `TimeStamp`, or is a
/// stay for its `TimeSpan`. A line in a time span, as written by Google's Timeline, gives a fix at each end.
struct KMLPlaces {
    private struct Placemark {
        var place: ElementPlace
        var coordinates: [PhoneFix] = []
        var when: Timestamp?
        var begin: Timestamp?
        var end: Timestamp?
        var hasTrack = false
        var isTooLong = false
    }

    /// Times and places that wait for their counterparts.
    private struct Track {
        let place: ElementPlace
        var times: [Timestamp?] = []
        var places: [PhoneFix] = []
        /// The number of matched pairs.
        var count = 0
        var isTooLong = false
    }

    private var placemark: Placemark?
    private var track: Track?
    private var text = ElementText()
    private var number = 0

    /// Processes the next part of the file.
    mutating func take(_ event: XMLEvent, into yield: inout ImportYield) {
        switch event {
        case .start(let name, _, let offset):
            text.begin()
            switch name {
            case "Placemark":
                number += 1
                placemark = Placemark(place: ElementPlace(number: number, offset: offset))
            case "Track":
                track = Track(place: ElementPlace(number: max(number, 1), offset: offset))
                placemark?.hasTrack = true
            default: break
            }
        case .text(let part): if placemark != nil || track != nil { text.add(part) }
        case .end(let name):
            finish(name, into: &yield)
            text.begin()
        }
    }

    private mutating func finish(_ name: String, into yield: inout ImportYield) {
        switch name {
        case "when" where track != nil:
            let time = PhoneTime.read(text.trimmed)
            addToTrack { $0.times.append(time) }
            join(into: &yield)
        case "coord" where track != nil:
            let fix = Self.fix(text.trimmed.split(separator: " "))
            addToTrack { $0.places.append(fix) }
            join(into: &yield)
        case "Track": finishTrack(into: &yield)
        case "when": placemark?.when = PhoneTime.read(text.trimmed)
        case "begin": placemark?.begin = PhoneTime.read(text.trimmed)
        case "end": placemark?.end = PhoneTime.read(text.trimmed)
        case "coordinates":
            if text.isTooLong { placemark?.isTooLong = true }
            let tuples = text.text.split { $0.isWhitespace }
            // Only the ends of a line have a time.
            for tuple in tuples.count > 1 ? [tuples[0], tuples[tuples.count - 1]] : tuples {
                placemark?.coordinates.append(Self.fix(tuple.split(separator: ",", omittingEmptySubsequences: false)))
            }
        case "Placemark": finishPlacemark(into: &yield)
        default: break
        }
    }

    /// Longitude, latitude, and optionally altitude.
    private static func fix(_ parts: [Substring]) -> PhoneFix {
        var fix = PhoneFix()
        guard parts.count >= 2 else { return fix }
        fix.longitude = PhoneNumber.degrees(parts[0].utf8)
        fix.latitude = PhoneNumber.degrees(parts[1].utf8)
        if parts.count > 2 { fix.altitude = PhoneNumber.decimal(parts[2].utf8) }
        return fix
    }

    // MARK: Tracks

    private mutating func addToTrack(_ body: (inout Track) -> Void) {
        guard var track else { return }
        self.track = nil
        if max(track.times.count, track.places.count) - track.count < DocumentBounds.pending {
            body(&track)
        } else {
            track.isTooLong = true
        }
        self.track = track
    }

    private mutating func join(into yield: inout ImportYield) {
        guard var track else { return }
        self.track = nil
        while track.count < min(track.times.count, track.places.count), !track.isTooLong {
            var fix = track.places[track.count]
            fix.time = track.times[track.count]
            track.count += 1
            yield.add(fix, at: track.place)
        }
        if track.count == track.times.count || track.count == track.places.count, track.count >= 1_024 {
            track.times.removeFirst(track.count)
            track.places.removeFirst(track.count)
            track.count = 0
        }
        self.track = track
    }

    private mutating func finishTrack(into yield: inout ImportYield) {
        guard let track else { return }
        self.track = nil
        if track.isTooLong {
            yield.reject(
                .unexpected(
                    "Expected at most \(DocumentBounds.pending) times without their places, or places without times."
                ),
                at: track.place
            )
        }
        for _ in track.count..<max(track.times.count, track.count) { yield.reject(.noPlace, at: track.place) }
        for _ in track.count..<max(track.places.count, track.count) { yield.reject(.noTime, at: track.place) }
    }

    // MARK: Placemarks

    private mutating func finishPlacemark(into yield: inout ImportYield) {
        guard let placemark else { return }
        self.placemark = nil
        if placemark.isTooLong { return yield.reject(.tooLong(limit: DocumentBounds.text), at: placemark.place) }
        guard var first = placemark.coordinates.first, var last = placemark.coordinates.last else {
            if !placemark.hasTrack { yield.skip() }
            return
        }
        first.time = placemark.when ?? placemark.begin ?? placemark.end
        yield.add(first, at: placemark.place)
        guard let begin = placemark.begin, let end = placemark.end, end > begin, placemark.when == nil else { return }
        last.time = end
        last.isHeartbeat = placemark.coordinates.count == 1
        yield.add(last, at: placemark.place)
    }
}
