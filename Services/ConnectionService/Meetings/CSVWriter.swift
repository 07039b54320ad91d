import Geospatial
import Models

/// Writes comma-separated values (RFC 4180).
struct CSVWriter: Sendable {
    private var text: [UInt8] = []
    private var isAtStart = true

    /// The columns of a person.
    static let personColumns = ["person_id", "first_name", "last_name", "company_name"]

    /// Writes the header line.
    mutating func writeNames(_ names: [String]) {
        for name in names { write(plain: name) }
        endLine()
    }

    /// Writes the columns of a person.
    mutating func write(_ person: Person) {
        write(plain: String(person.id.rawValue))
        for text in [person.details.firstName, person.details.lastName, person.details.companyName] { write(text) }
    }

    /// Writes a number.
    mutating func write(_ number: Double) {
        write(plain: number.shortDescription)
    }

    /// Writes names in one field, with semicolons between them.
    mutating func write(_ names: [String]) {
        write(names.joined(separator: "; "))
    }

    /// Writes a time, or an empty field.
    mutating func write(_ time: Timestamp?) {
        write(plain: time.map { $0.description + "Z" } ?? "")
    }

    /// Writes longitude and latitude.
    mutating func write(_ place: Coordinate) {
        write(plain: place.longitude.description)
        write(plain: place.latitude.description)
    }

    /// Ends a line.
    mutating func endLine() {
        text.append(contentsOf: "\r\n".utf8)
        isAtStart = true
    }

    /// Returns the text written so far and empties the buffer.
    mutating func takeBytes() -> [UInt8] {
        defer { text.removeAll(keepingCapacity: true) }
        return text
    }

    /// Quotes text that contains separators, and escapes text that a spreadsheet would run as a formula.
    ///
    /// An apostrophe before the text marks it as text for spreadsheets (OWASP, CSV Injection).
    private mutating func write(_ field: String) {
        beginField()
        let field = field.utf8.first.map { "=+-@\t\r".utf8.contains($0) } == true ? "'" + field : field
        guard field.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else {
            return text.append(contentsOf: field.utf8)
        }
        text.append(UInt8(ascii: "\""))
        for byte in field.utf8 {
            if byte == UInt8(ascii: "\"") { text.append(byte) }
            text.append(byte)
        }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func write(plain field: String) {
        beginField()
        text.append(contentsOf: field.utf8)
    }

    private mutating func beginField() {
        if !isAtStart { text.append(UInt8(ascii: ",")) }
        isAtStart = false
    }
}
