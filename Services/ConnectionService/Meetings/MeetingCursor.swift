import HTTPServer
import Models

/// The end of a page of meetings or people, as an opaque text.
///
/// It holds the rank of the last row instead of the number of rows. Rows that are added or revised between two requests
/// therefore neither repeat nor hide an unchanged row.
struct MeetingCursor: PathParameter, Equatable {
    /// The rank of the last row of the page.
    let rank: MeetingRank

    init(rank: MeetingRank) {
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
        rank = MeetingRank(
            significance: weight,
            start: Timestamp(microseconds: Int64(bitPattern: start)),
            other: person
        )
    }

    static var expectation: String { "a cursor from the Link header of another page" }

    /// The cursor as a query parameter.
    var text: String {
        Self.hexadecimal(rank.significance.bitPattern) + Self.hexadecimal(UInt64(bitPattern: rank.start.microseconds))
            + Self.hexadecimal(rank.other.rawValue.magnitude)
    }

    private static func hexadecimal(_ value: some FixedWidthInteger) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: value.bitWidth / 4 - digits.count) + digits
    }
}

/// The sort key of a row in a person's list: by significance, then by time, then by the other person.
///
/// Ranks are unique within a list.
struct MeetingRank: Hashable, Comparable {
    /// The significance in seconds.
    let significance: Double
    /// The start of the meeting, or of the first one.
    let start: Timestamp
    /// The other person.
    let other: PersonID

    static func < (left: MeetingRank, right: MeetingRank) -> Bool {
        (-left.significance, left.start, left.other) < (-right.significance, right.start, right.other)
    }
}

/// A row of a person's list.
protocol RankedRow: SizedRow {
    /// The number of the person other than the given one.
    func other(than person: Int32) -> Int32
    /// The rank in the list of a person.
    func rank(for person: PersonID) -> MeetingRank
}

extension RankedRow {
    /// The other person.
    func other(than person: PersonID) -> PersonID { PersonID(stored: other(than: person.rawValue)) }
}
