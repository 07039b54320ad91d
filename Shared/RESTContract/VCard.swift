package import Models

/// Writes vCards, version 4 (RFC 6350).
package enum VCard {
    /// A card with a person's names and company.
    ///
    /// - Parameters:
    ///   - person: the person.
    ///   - properties: further properties: the name, and the text, which is escaped; empty ones are left out.
    /// - Returns: the card's text, with its last line break.
    package static func card(of person: Person, _ properties: [(name: String, text: String)]) -> String {
        let details = person.details
        let lines =
            [
                "BEGIN:VCARD", "VERSION:4.0", "UID;VALUE=text:udaconnect-person-\(person.id.rawValue)",
                "FN:\(escaped("\(details.firstName) \(details.lastName)"))",
                "N:\(escaped(details.lastName));\(escaped(details.firstName));;;",
                "ORG:\(escaped(details.companyName))",
            ] + properties.filter { !$0.text.isEmpty }.map { "\($0.name):\(escaped($0.text))" } + ["END:VCARD"]
        return lines.map { folded($0) + "\r\n" }.joined()
    }

    /// Folds a line at 75 bytes (RFC 6350, section 3.2), between characters.
    private static func folded(_ line: String) -> String {
        var (folded, count) = ("", 0)
        for character in line {
            let size = character.utf8.count
            if count + size > 75 {
                folded += "\r\n "
                count = 1
            }
            folded.append(character)
            count += size
        }
        return folded
    }

    /// Escapes text (RFC 6350, section 3.4); line breaks become spaces.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ",", ";": escaped += "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control: escaped += " "
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
