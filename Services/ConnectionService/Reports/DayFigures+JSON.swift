import JSON
import Venue

extension DayFigures {
    /// The figures as a JSON object; see `DayFigures` in the API's description.
    var json: String {
        let bytes = JSONWriter.object { writer in
            writer.member("visitors", published: visitors)
            writer.array("zones", of: zones) { $1.write(to: &$0) }
            writer.array("sessions", of: sessions) { $1.write(to: &$0) }
            writer.array("flows", of: flows) { writer, flow in
                writer.object { writer in
                    writer.write(flow.from, as: "from")
                    writer.write(flow.to, as: "to")
                    writer.member("persons", flow.persons)
                }
            }
            if let peopleMet { peopleMet.write(to: &writer) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads what ``json`` has written; members of later versions are skipped.
    init(json: String) throws(JSONError) {
        var reader = JSONReader(Array(json.utf8))
        self.init()
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "visitors": visitors = try reader.readPublished()
            case "zones": zones = try reader.rows(ZoneFigures.init)
            case "sessions": sessions = try reader.rows(SessionFigures.init)
            case "flows": flows = try reader.rows(FlowFigures.init)
            case "people_met": peopleMet = try PeopleMet(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
    }
}

extension ZoneFigures {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.write(zone, as: "zone")
            writer.member("visitors", published: visitors)
            if let peak {
                writer.object("peak") { writer in
                    writer.member("start", peak.start)
                    writer.member("persons", peak.persons)
                }
            }
            if let dwell {
                writer.object("dwell") { writer in
                    writer.member("lower_quartile", dwell.lowerQuartile)
                    writer.member("median", dwell.median)
                    writer.member("upper_quartile", dwell.upperQuartile)
                    writer.member("return_share", short: dwell.returnShare)
                }
            }
        }
    }

    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (zone, visitors) = (ZoneName(code: "", name: ""), Int?.none)
        var (peak, dwell) = (Peak?.none, Dwell?.none)
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "zone": zone = try ZoneName(&reader)
            case "visitors": visitors = try reader.readPublished()
            case "peak": peak = try Peak(&reader)
            case "dwell": dwell = try Dwell(&reader)
            default: try reader.skipValue()
            }
        }
        self.init(zone: zone, visitors: visitors, peak: peak, dwell: dwell)
    }
}

extension ZoneFigures.Peak {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (start, persons) = ("", 0)
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "start": start = try reader.readString()
            case "persons": persons = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
        self.init(start: start, persons: persons)
    }
}

extension ZoneFigures.Dwell {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (lower, median, upper, share) = (0, 0, 0, 0.0)
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "lower_quartile": lower = try reader.readInteger()
            case "median": median = try reader.readInteger()
            case "upper_quartile": upper = try reader.readInteger()
            case "return_share": share = try reader.readDouble()
            default: try reader.skipValue()
            }
        }
        self.init(lowerQuartile: lower, median: median, upperQuartile: upper, returnShare: share)
    }
}

extension SessionFigures {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", code)
            writer.member("title", title)
            writer.member("start", start)
            writer.member("end", end)
            writer.member("attendees", published: attendees)
        }
    }

    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (code, title, start, end, attendees) = ("", "", "", "", Int?.none)
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "code": code = try reader.readString()
            case "title": title = try reader.readString()
            case "start": start = try reader.readString()
            case "end": end = try reader.readString()
            case "attendees": attendees = try reader.readPublished()
            default: try reader.skipValue()
            }
        }
        self.init(code: code, title: title, start: start, end: end, attendees: attendees)
    }
}

extension FlowFigures {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (from, to, persons) = (ZoneName(code: "", name: ""), ZoneName(code: "", name: ""), 0)
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "from": from = try ZoneName(&reader)
            case "to": to = try ZoneName(&reader)
            case "persons": persons = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
        self.init(from: from, to: to, persons: persons)
    }
}

extension ZoneName {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (code, name) = ("", "")
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "code": code = try reader.readString()
            case "name": name = try reader.readString()
            default: try reader.skipValue()
            }
        }
        self.init(code: code, name: name)
    }
}

extension PeopleMet {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object("people_met") { writer in
            writer.member("persons", persons)
            writer.member("lower_quartile", lowerQuartile)
            writer.member("median", median)
            writer.member("upper_quartile", upperQuartile)
            writer.member("meetings", published: meetings)
            writer.member("minutes", minutes)
        }
    }

    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (persons, lower, median, upper, meetings, minutes) = (0, 0, 0, 0, Int?.none, 0)
        try reader.members { reader, key throws(JSONError) in
            switch key {
            case "persons": persons = try reader.readInteger()
            case "lower_quartile": lower = try reader.readInteger()
            case "median": median = try reader.readInteger()
            case "upper_quartile": upper = try reader.readInteger()
            case "meetings": meetings = try reader.readPublished()
            case "minutes": minutes = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
        self.init(
            persons: persons,
            lowerQuartile: lower,
            median: median,
            upperQuartile: upper,
            meetings: meetings,
            minutes: minutes
        )
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ zone: ZoneName, as name: String) {
        object(name) { writer in
            writer.member("code", zone.code)
            writer.member("name", zone.name)
        }
    }
}

extension JSONReader {
    /// Reads an object member by member.
    fileprivate mutating func members(
        _ read: (inout JSONReader, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try beginObject()
        while let key = try nextKey() { try read(&self, key) }
    }

    fileprivate mutating func rows<Row>(
        _ read: (inout JSONReader) throws(JSONError) -> Row
    ) throws(JSONError) -> [Row] {
        var rows: [Row] = []
        try beginArray()
        while try nextElement() { rows.append(try read(&self)) }
        return rows
    }

    /// A number, or `nil` for null.
    fileprivate mutating func readPublished() throws(JSONError) -> Int? {
        guard try peekKind() == .null else { return try readInteger() }
        try readNull()
        return nil
    }
}
