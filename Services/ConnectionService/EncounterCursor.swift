import HTTPServer
import Models

/// Where a page of meetings ends, as text that means nothing to clients.
///
/// It holds the last meeting's rank, not how many came before it: what has been added or revised meanwhile neither repeats nor
/// hides a meeting that has stayed as it was.
struct EncounterCursor: PathParameter, Equatable {
    /// The rank of the last meeting of the page.
    let rank: EncounterRank

    init(rank: EncounterRank) {
        self.rank = rank
    }

    init?(pathParameter: Substring) {
        let digits = pathParameter.utf8
        let isHexadecimal = digits.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard digits.count == 40, isHexadecimal,
            let significance = UInt64(pathParameter.prefix(16), radix: 16),
            let start = UInt64(pathParameter.dropFirst(16).prefix(16), radix: 16),
            let other = UInt32(pathParameter.dropFirst(32), radix: 16),
            let person = PersonID(rawValue: other)
        else { return nil }
        let weight = Double(bitPattern: significance)
        guard weight.isFinite, weight >= 0 else { return nil }
        rank = EncounterRank(
            significance: weight,
            start: Timestamp(microseconds: Int64(bitPattern: start)),
            other: person
        )
    }

    static var expectation: String { "a cursor from the Link of another page" }

    /// The cursor as a parameter of a query.
    var text: String {
        Self.hexadecimal(rank.significance.bitPattern) + Self.hexadecimal(UInt64(bitPattern: rank.start.microseconds))
            + Self.hexadecimal(rank.other.rawValue.magnitude)
    }

    private static func hexadecimal(_ value: some FixedWidthInteger) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: value.bitWidth / 4 - digits.count) + digits
    }
}
