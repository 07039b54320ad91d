import JSON
import Models
import Venue

extension ListWriter {
    static let visitColumns = ["start", "end", "duration", "probability", "stays"]
    static let attendeeColumns = ["seconds", "share"]

    /// Writes a visit of a person in a zone of an event.
    mutating func write(_ row: VisitRow, in setup: EventSetup) {
        let zone = setup.plan.venue.zones[row.visit.zone]
        guard format == .json else {
            csv.write(Double(setup.event.id.rawValue))
            csv.write(zone)
            row.visit.writeFields(to: &csv)
            csv.write(row.sessions.map { setup.plan.sessions[$0.session].title })
            return csv.endLine()
        }
        json.object { writer in
            writer.member("event_id", setup.event.id.rawValue)
            writer.key("zone")
            zone.write(to: &writer)
            row.visit.write(to: &writer)
            writer.array("sessions", of: row.sessions) { writer, attendance in
                writer.object { attendance.write(of: setup, to: &$0) }
            }
        }
    }

    /// Writes a visit with the visitor.
    mutating func write(_ row: VisitRow, by person: Person) {
        guard format == .json else {
            csv.write(person)
            row.visit.writeFields(to: &csv)
            return csv.endLine()
        }
        json.object { writer in
            writer.writePerson(person)
            row.visit.write(to: &writer)
        }
    }

    /// Writes an attendee.
    mutating func write(_ row: AttendeeRow, _ person: Person) {
        guard format == .json else {
            csv.write(person)
            csv.write(row.attendance.seconds.roundedToTenths)
            csv.write(row.attendance.share.roundedToThousandths)
            return csv.endLine()
        }
        json.object { writer in
            writer.writePerson(person)
            row.attendance.writeMeasures(to: &writer)
        }
    }
}

extension CSVWriter {
    /// The columns of a zone.
    static let zoneColumns = ["zone_id", "zone_code", "zone", "kind"]

    /// Writes the columns of a zone.
    mutating func write(_ zone: Zone) {
        write(Double(zone.id.rawValue))
        for text in [zone.code, zone.name, zone.kind.rawValue] { write([text]) }
    }
}

extension Zone {
    /// Writes an object that describes the zone without its area.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.rawValue)
            writer.member("code", code)
            writer.member("name", name)
            writer.member("kind", kind.rawValue)
            if let floor { writer.member("floor", floor) }
        }
    }
}

extension Visit {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("start", Timestamp(microseconds: start).description)
        writer.member("end", Timestamp(microseconds: end).description)
        writer.member("duration", short: seconds.roundedToThousandths)
        writer.member("probability", short: probability.roundedToThousandths)
        writer.member("stays", stays)
    }

    fileprivate func writeFields(to csv: inout CSVWriter) {
        csv.write(Timestamp(microseconds: start))
        csv.write(Timestamp(microseconds: end))
        csv.write(seconds.roundedToThousandths)
        csv.write(probability.roundedToThousandths)
        csv.write(Double(stays))
    }
}

extension Attendance {
    fileprivate func write(of setup: EventSetup, to writer: inout JSONWriter) {
        writer.member("id", setup.plan.sessions[session].id.rawValue)
        writer.member("title", setup.plan.sessions[session].title)
        writeMeasures(to: &writer)
    }

    fileprivate func writeMeasures(to writer: inout JSONWriter) {
        writer.member("seconds", short: seconds.roundedToTenths)
        writer.member("share", short: share.roundedToThousandths)
    }
}
