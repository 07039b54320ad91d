import Geospatial
import JSON
import Models
import Venue

/// The attendance of a session.
struct SessionCountRow: SizedRow {
    /// The index of the session in the plan.
    let session: Int
    /// The published number of attendees; `nil` if it is hidden.
    let attendees: Int?

    var size: Int { MemoryLayout<Self>.stride }
}

extension Occupancy.Row: SizedRow {
    var size: Int { MemoryLayout<Self>.stride + persons.count * MemoryLayout<Int?>.stride }
}

extension Dwell.Row: SizedRow {
    var size: Int { MemoryLayout<Self>.stride }
}

extension Flows.Row: SizedRow {
    var size: Int { MemoryLayout<Self>.stride }
}

extension HeatMap.Row: SizedRow {
    /// Includes the text of the zone's outline.
    var size: Int { MemoryLayout<Self>.stride + corners * Self.cornerSize }

    private static let cornerSize = 28
}

extension ListWriter {
    static let dwellColumns = ["visitors", "lower_quartile", "median", "upper_quartile", "return_share"]
    static let sessionColumns = ["session_id", "session_code", "title", "start", "end", "zone_id", "attendees"]
    static let heatColumns = ["visitors", "person_minutes", "minutes_per_square_metre"]

    /// Writes a zone's occupancy; CSV has a line for each published count.
    mutating func write(_ row: Occupancy.Row, _ zone: Zone, _ day: TimeWindow) {
        func start(_ bin: Int) -> Timestamp {
            Timestamp(microseconds: day.start.microseconds + Int64(bin) * Occupancy.binLength)
        }
        guard format == .json else {
            for (bin, persons) in row.persons.enumerated() {
                guard let persons else { continue }
                csv.write(zone)
                csv.write(start(bin))
                csv.write(Double(persons))
                csv.endLine()
            }
            return
        }
        json.object { writer in
            writer.key("zone")
            zone.write(to: &writer)
            writer.member("visitors", published: row.visitors)
            if let peak = row.peak {
                writer.object("peak") { writer in
                    writer.member("start", start(peak.bin).description)
                    writer.member("persons", peak.persons)
                }
            }
            writer.array("persons", of: row.persons) { $0.value(published: $1) }
        }
    }

    /// Writes the durations of visits to a zone.
    mutating func write(_ row: Dwell.Row, _ zone: Zone) {
        let figures = [Double(row.visitors), row.lowerQuartile, row.median, row.upperQuartile, row.returnShare]
        write(zone, Array(zip(Self.dwellColumns, figures)))
    }

    /// Writes the time in a zone; GeoJSON has its outline.
    mutating func write(_ row: HeatMap.Row, _ zone: Zone) {
        let figures = Array(zip(Self.heatColumns, [Double(row.visitors), row.personMinutes, row.density]))
        guard format == .geoJSON else { return write(zone, figures) }
        json.feature(id: Int64(zone.id.rawValue)) {
            zone.area.writeGeometry(to: &$0)
        } properties: { writer in
            writer.key("zone")
            zone.write(to: &writer)
            for (name, figure) in figures { writer.member(name, short: figure) }
        }
    }

    private mutating func write(_ zone: Zone, _ figures: [(String, Double)]) {
        guard format == .json else {
            csv.write(zone)
            for (_, figure) in figures { csv.write(figure) }
            return csv.endLine()
        }
        json.object { writer in
            writer.key("zone")
            zone.write(to: &writer)
            for (name, figure) in figures { writer.member(name, short: figure) }
        }
    }

    /// Writes the number of persons who went from one zone to another.
    mutating func write(_ row: Flows.Row, from: Zone, to: Zone) {
        guard format == .json else {
            csv.write(from)
            csv.write(to)
            csv.write(Double(row.persons))
            return csv.endLine()
        }
        json.object { writer in
            for (name, zone) in [("from", from), ("to", to)] {
                writer.key(name)
                zone.write(to: &writer)
            }
            writer.member("persons", row.persons)
        }
    }

    /// Writes the attendance of a session.
    mutating func write(_ row: SessionCountRow, _ session: ProgrammeSession) {
        let zone = session.zone.map { String($0.rawValue) }
        guard format == .json else {
            csv.write([String(session.id.rawValue)])
            csv.write([session.code])
            csv.write([session.title])
            csv.write(session.time.lowerBound)
            csv.write(session.time.upperBound)
            csv.write([zone].compactMap { $0 })
            csv.write([row.attendees].compactMap { $0.map { String($0) } })
            return csv.endLine()
        }
        json.object { writer in
            writer.member("id", session.id.rawValue)
            writer.member("code", session.code)
            writer.member("title", session.title)
            writer.member("start", session.time.lowerBound.description)
            writer.member("end", session.time.upperBound.description)
            if let zone = session.zone { writer.member("zone_id", zone.rawValue) }
            writer.member("attendees", published: row.attendees)
        }
    }
}

extension JSONWriter {
    /// Writes a number, or null if it is hidden.
    mutating func member(_ name: String, published number: Int?) {
        key(name)
        value(published: number)
    }

    fileprivate mutating func value(published number: Int?) {
        if let number { value(number) } else { null() }
    }
}

extension ZoneArea {
    /// Writes a GeoJSON MultiPolygon.
    fileprivate func writeGeometry(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", "MultiPolygon")
            writer.array("coordinates", of: polygons) { writer, polygon in
                writer.begin(.array)
                for ring in polygon {
                    writer.begin(.array)
                    for corner in ring {
                        writer.begin(.array)
                        writer.value(json: corner.longitude.description.utf8)
                        writer.value(json: corner.latitude.description.utf8)
                        writer.end(.array)
                    }
                    writer.end(.array)
                }
                writer.end(.array)
            }
        }
    }
}
