import Geospatial
import JSON
import Models
import Presence

extension ListWriter {
    /// The columns of a meeting.
    static let meetingColumns =
        CSVWriter.personColumns + [
            "start", "end", "duration", "together", "probability", "distance", "distance_deviation", "fixes",
            "significance", "longitude", "latitude", "zones", "sessions",
        ]

    /// Writes a meeting with another person.
    mutating func write(_ row: MeetingRow, with other: Person, _ names: EventNames) {
        switch format {
        case .geoJSON: row.writeFeature(with: other, names, to: &json)
        case .csv:
            csv.write(other)
            row.meeting.writeFields(to: &csv)
            names.write(row.setting, to: &csv)
            csv.endLine()
        case .json, .vCard: row.write(names, to: &json) { $0.writePerson(other) }
        }
    }
}

extension MeetingRow {
    /// Writes a JSON object: the persons by means of the closure, then the meeting with its zones and sessions.
    func write(_ names: EventNames, to writer: inout JSONWriter, persons: (inout JSONWriter) -> Void) {
        writer.object { writer in
            persons(&writer)
            meeting.writeMembers(to: &writer)
            names.write(setting, to: &writer)
        }
    }

    fileprivate func writeFeature(with other: Person, _ names: EventNames, to writer: inout JSONWriter) {
        writer.feature {
            $0.writePoint(meeting.place)
        } properties: { writer in
            writer.writePerson(other)
            // GeoJSON readers expect a time zone, which the legacy format lacks.
            writer.member("start", Timestamp(microseconds: meeting.start).description + "Z")
            writer.member("end", Timestamp(microseconds: meeting.end).description + "Z")
            meeting.writeMeasures(to: &writer)
            names.write(setting, to: &writer)
        }
    }
}

extension PersonMeeting {
    /// Writes a JSON object: the persons by means of the closure, then the meeting.
    func write(to writer: inout JSONWriter, persons: (inout JSONWriter) -> Void) {
        writer.object { writer in
            persons(&writer)
            writeMembers(to: &writer)
        }
    }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("start", Timestamp(microseconds: start).description)
        writer.member("end", Timestamp(microseconds: end).description)
        writeMeasures(to: &writer)
        writer.key("place")
        writer.writePlace(place)
    }

    fileprivate func writeFields(to csv: inout CSVWriter) {
        csv.write(Timestamp(microseconds: start))
        csv.write(Timestamp(microseconds: end))
        for number in [
            duration, seconds.roundedToTenths, probability.roundedToThousandths, distance.roundedToTenths,
            deviation.roundedToTenths, Double(fixes), evidence.roundedToTenths,
        ] {
            csv.write(number)
        }
        csv.write(place)
    }

    fileprivate func writeMeasures(to writer: inout JSONWriter) {
        writer.member("duration", short: duration)
        writer.member("together", short: seconds.roundedToTenths)
        writer.member("probability", short: probability.roundedToThousandths)
        // Name of the probability before version 2.
        writer.member("certainty", short: probability.roundedToThousandths)
        writer.member("distance", short: distance.roundedToTenths)
        writer.member("distance_deviation", short: deviation.roundedToTenths)
        writer.member("fixes", fixes)
        writer.member("significance", short: evidence.roundedToTenths)
    }

    /// The duration in seconds.
    private var duration: Double { (Double(end - start) / 1_000_000).roundedToThousandths }
}

extension JSONWriter {
    /// Writes the member `person`.
    mutating func writePerson(_ person: Person) {
        key("person")
        person.write(to: &self)
    }

    /// Writes the member `persons`.
    mutating func writePersons(_ first: Person, _ second: Person) {
        array("persons", of: [first, second]) { $1.write(to: &$0) }
    }

    /// Writes an object with latitude and longitude as text, like the legacy API.
    mutating func writePlace(_ coordinate: Coordinate) {
        object {
            $0.member("longitude", coordinate.longitude.description)
            $0.member("latitude", coordinate.latitude.description)
        }
    }

    /// Writes a GeoJSON point.
    mutating func writePoint(_ coordinate: Coordinate) {
        object {
            $0.member("type", "Point")
            $0.array("coordinates", of: [coordinate.longitude.description, coordinate.latitude.description]) {
                $0.value(json: $1.utf8)
            }
        }
    }

    /// Writes a number without a fraction of zero.
    mutating func member(_ name: String, short number: Double) {
        key(name)
        value(json: number.shortDescription.utf8)
    }
}

extension Double {
    /// Rounded to thousandths: milliseconds, if the unit is a second.
    var roundedToThousandths: Double { (self * 1_000).rounded() / 1_000 }

    /// Rounded to tenths, the precision of phones: a decimetre, if the unit is a metre.
    var roundedToTenths: Double { (self * 10).rounded() / 10 }

    /// The shortest decimal number that reads back as the same value: `5` instead of `5.0`.
    var shortDescription: String {
        guard let whole = Int64(exactly: self) else { return description }
        return String(whole)
    }
}
