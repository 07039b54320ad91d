import Geospatial
import JSON
import Models
import Presence

extension MeetingEvidence {
    /// Writes the rule, the meetings, the overlaps and the ignored fixes.
    ///
    /// - Parameters:
    ///   - writer: receives the object.
    ///   - own: the person of the request.
    ///   - other: the other person.
    ///   - rule: the rule of the request.
    ///   - limit: the maximum number of overlaps, and of fixes.
    func write(to writer: inout JSONWriter, _ own: Person, _ other: Person, _ rule: MeetingRule, limit: Int) {
        writer.object { writer in
            writer.writePersons(own, other)
            rule.write(to: &writer)
            writer.array("encounters", of: pair.meetings) { writer, meeting in meeting.write(to: &writer) { _ in } }
            writer.member("overlap_count", pair.overlaps.count)
            writer.array("overlaps", of: pair.overlaps.prefix(limit)) { write($1, rule, to: &$0) }
            writer.member("doubtful_count", doubtful.count)
            writer.array("doubtful", of: doubtful.prefix(limit)) { $1.write(to: &$0) }
        }
    }

    private func write(_ overlap: Overlap, _ rule: MeetingRule, to writer: inout JSONWriter) {
        let (span, sides) = (span(of: overlap), sides(of: overlap))
        writer.object { writer in
            writer.member("text", text(about: overlap, rule))
            writer.member("kind", overlap.isOfStays ? "stays" : "moves")
            writer.key("encounter")
            if let meeting = meeting(of: overlap) { writer.value(meeting) } else { writer.null() }
            writer.member("start", Timestamp(microseconds: span.start).description)
            writer.member("end", Timestamp(microseconds: span.end).description)
            writer.member("probability", short: Double(overlap.probability).roundedToThousandths)
            writer.member("distance", short: Double(overlap.distance).roundedToTenths)
            writer.member("distance_deviation", short: Double(overlap.deviation).roundedToTenths)
            writer.key("own")
            sides.own.write(to: &writer)
            writer.key("other")
            sides.other.write(to: &writer, hasPlace: !hidesOthersPlaces)
        }
    }

    /// Describes an overlap in a sentence.
    private func text(about overlap: Overlap, _ rule: MeetingRule) -> String {
        let (span, sides) = (span(of: overlap), sides(of: overlap))
        let time = "from \(Self.clock(span.start)) to \(Self.clock(span.end)) UTC"
        let distance = "\(Self.metres(overlap.distance)) apart, ± \(Self.metres(overlap.deviation))"
        let fixes = "\(sides.own.fixes) and \(sides.other.fixes) fixes"
        if Double(overlap.probability) >= rule.probability {
            return overlap.isOfStays
                ? "Both at one place \(time), \(distance) (\(fixes))."
                : "Both on one way \(time), \(distance) (\(fixes))."
        }
        let limit = rule.distance.shortDescription
        let what = overlap.isOfStays ? "Both stayed near each other" : "Both walked near each other"
        return "\(what) \(time), \(distance) (\(fixes)): probably not within \(limit) m."
    }

    /// A time of day in hours and minutes.
    private static func clock(_ time: Int64) -> String {
        let minutes = (time / 60_000_000) % 1_440
        let text = [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return text.joined(separator: ":")
    }

    private static func metres(_ metres: Float) -> String {
        metres < 1 ? "less than 1 m" : "\(Int(metres.rounded())) m"
    }
}

extension Overlap {
    fileprivate var isOfStays: Bool {
        if case .stays = kind { true } else { false }
    }
}

extension MeetingRule {
    /// Writes the member `rule`: metres, seconds and a probability.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object("rule") { writer in
            writer.member("distance", short: distance)
            writer.member("gap", short: gap)
            writer.member("least", short: least)
            writer.member("probability", short: probability)
        }
    }
}

extension MeetingEvidence.Side {
    fileprivate func write(to writer: inout JSONWriter, hasPlace: Bool = true) {
        writer.object { writer in
            writer.member("start", Timestamp(microseconds: start).description)
            writer.member("end", Timestamp(microseconds: end).description)
            if hasPlace {
                writer.key("place")
                writer.writePlace(place)
            }
            writer.member("deviation", short: Double(deviation).roundedToTenths)
            writer.member("fixes", fixes)
        }
    }
}

extension MeetingEvidence.Doubtful {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("reason", reason.rawValue)
            writer.member("person_id", person.rawValue)
            if device != .none { writer.member("device", device.rawValue) }
            writer.member("creation_time", Timestamp(microseconds: fix.time).description)
            writer.key("place")
            writer.writePlace(fix.coordinate)
            if fix.accuracy > 0 { writer.member("accuracy", fix.accuracy) }
        }
    }
}
