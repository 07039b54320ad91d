import Geospatial
import JSON
import Models

/// The forms in which a person's meetings are written.
enum EncounterFormat: String, NegotiatedFormat {
    /// A bare array.
    case json = "application/json"
    /// A FeatureCollection of the places (RFC 7946).
    case geoJSON = "application/geo+json"
    /// A line a meeting below a line of names (RFC 4180).
    case csv = "text/csv"

    static let subject = "A person's meetings"

    var contentType: String { self == .csv ? "text/csv; charset=utf-8; header=present" : rawValue }
}

/// Writes a person's meetings one by one.
struct EncounterWriter {
    private let format: EncounterFormat
    private var json = JSONWriter()
    private var text: [UInt8] = []

    init(_ format: EncounterFormat) {
        self.format = format
        switch format {
        case .json: json.beginArray()
        case .geoJSON:
            json.beginObject()
            json.member("type", "FeatureCollection")
            json.key("features")
            json.beginArray()
        case .csv: text.append(contentsOf: Self.columns)
        }
    }

    /// Writes a meeting with somebody.
    mutating func write(_ encounter: Encounter, with other: Person) {
        switch format {
        case .json: encounter.write(to: &json) { $0.writePerson(other) }
        case .geoJSON: encounter.writeFeature(with: other, to: &json)
        case .csv: encounter.writeLine(with: other, to: &text)
        }
    }

    /// Ends the answer.
    mutating func end() {
        guard format != .csv else { return }
        json.endArray()
        if format == .geoJSON { json.endObject() }
    }

    /// Gives away what has been written.
    mutating func takeBytes() -> [UInt8] {
        guard format == .csv else { return json.takeBytes() }
        defer { text.removeAll(keepingCapacity: true) }
        return text
    }

    private static let columns: [UInt8] = Array(
        ("person_id,first_name,last_name,company_name,start,end,duration,closest_distance,samples,certainty,"
            + "significance,longitude,latitude\r\n").utf8
    )
}

extension Encounter {
    /// Writes a JSON object: who was met, as the closure says it, and the meeting itself.
    func write(to writer: inout JSONWriter, persons: (inout JSONWriter) -> Void) {
        writer.beginObject()
        persons(&writer)
        writer.member("start", start.description)
        writer.member("end", end.description)
        writeMeasures(to: &writer)
        writer.key("place")
        writer.beginObject()
        writer.member("longitude", place.longitude.description)
        writer.member("latitude", place.latitude.description)
        writer.endObject()
        writer.endObject()
    }

    fileprivate func writeFeature(with other: Person, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("type", "Feature")
        writer.key("geometry")
        writer.writePoint(place)
        writer.key("properties")
        writer.beginObject()
        writer.writePerson(other)
        // GeoJSON's readers know no legacy: the zone is said.
        writer.member("start", start.description + "Z")
        writer.member("end", end.description + "Z")
        writeMeasures(to: &writer)
        writer.endObject()
        writer.endObject()
    }

    fileprivate func writeLine(with other: Person, to text: inout [UInt8]) {
        let details = other.details
        text.append(contentsOf: String(other.id.rawValue).utf8)
        for name in [details.firstName, details.lastName, details.companyName] { text.appendField(name) }
        text.appendPlainField(start.description + "Z")
        text.appendPlainField(end.description + "Z")
        let numbers = [seconds, metres, Double(samples), roundedCertainty, roundedSignificance]
        for number in numbers { text.appendPlainField(number.shortDescription) }
        text.appendPlainField(place.longitude.description)
        text.appendPlainField(place.latitude.description)
        text.append(contentsOf: "\r\n".utf8)
    }

    private func writeMeasures(to writer: inout JSONWriter) {
        writer.member("duration", short: seconds)
        writer.member("closest_distance", short: metres)
        writer.member("samples", samples)
        writer.member("certainty", short: roundedCertainty)
        writer.member("significance", short: roundedSignificance)
    }

    private var seconds: Double { Double(duration) / 1_000_000 }
    private var metres: Double { closestDistance.roundedToThousandths }
    private var roundedCertainty: Double { certainty.roundedToThousandths }
    private var roundedSignificance: Double { significance.roundedToThousandths }
}

extension JSONWriter {
    /// Writes the member `person`.
    mutating func writePerson(_ person: Person) {
        key("person")
        person.write(to: &self)
    }

    /// Writes a GeoJSON point.
    mutating func writePoint(_ coordinate: Coordinate) {
        beginObject()
        member("type", "Point")
        key("coordinates")
        beginArray()
        value(json: coordinate.longitude.description.utf8)
        value(json: coordinate.latitude.description.utf8)
        endArray()
        endObject()
    }

    /// A member that is a number, without a fraction of zero.
    mutating func member(_ name: String, short number: Double) {
        key(name)
        value(json: number.shortDescription.utf8)
    }
}

extension Double {
    /// Millimetres, milliseconds: nobody can tell more.
    var roundedToThousandths: Double { (self * 1_000).rounded() / 1_000 }

    /// The shortest decimal number that reads back as the same, `5` rather than `5.0`.
    var shortDescription: String {
        guard let whole = Int64(exactly: self) else { return description }
        return String(whole)
    }
}

extension [UInt8] {
    fileprivate mutating func appendPlainField(_ text: String) {
        append(UInt8(ascii: ","))
        append(contentsOf: text.utf8)
    }

    /// Quotes what would not be read as one field otherwise, or by a spreadsheet as a formula.
    ///
    /// An apostrophe before the text is how spreadsheets say that it is one (OWASP, CSV Injection).
    fileprivate mutating func appendField(_ text: String) {
        append(UInt8(ascii: ","))
        let text = text.utf8.first.map { "=+-@\t\r".utf8.contains($0) } == true ? "'" + text : text
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return append(contentsOf: text.utf8) }
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { append(byte) }
            append(byte)
        }
        append(UInt8(ascii: "\""))
    }
}
