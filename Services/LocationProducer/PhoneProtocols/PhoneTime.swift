import HTTPServer
import Models

/// Parses and corrects times from phone apps.
enum PhoneTime {
    /// Microseconds in 1,024 weeks, the error of a receiver that misses a rollover of GPS's week number.
    private static let weekRollover: Int64 = 1_024 * 7 * 86_400 * 1_000_000
    /// Microseconds from 1970 to Apple's reference date in 2001.
    private static let referenceDate: Int64 = 978_307_200 * 1_000_000
    /// 2010-01-01: every supported app is younger.
    private static let earliest = Timestamp(microseconds: 1_262_304_000 * 1_000_000)
    /// Maximum time that a phone is assumed to buffer a location, in microseconds.
    private static let longestDelay: Int64 = 30 * 86_400 * 1_000_000

    /// Parses a number, or ISO 8601 with any offset; `nil` for other texts.
    ///
    /// Accepted forms of ISO 8601 are `2013-08-22T13:14:27.5+02:00`, also with a space for the `T`, `+0200`, `+02` or `Z`, and
    /// the basic `20130822T131427Z`. The zone may follow after a space, as `UTC` or `GMT`, or in brackets.
    static func read(_ text: String) -> Timestamp? {
        if let number = PhoneNumber.decimal(text.utf8) { return read(number) }
        if let time = Timestamp(iso8601: text.utf8) { return time }
        // GPSLogger escapes values in a body like those in a query.
        var text = text.utf8.contains(UInt8(ascii: "%")) ? PercentEncoding.decode(text) ?? text : text
        if let bracket = text.firstIndex(of: "["), text.hasSuffix("]") { text = String(text[..<bracket]) }
        for name in ["UTC", "GMT"] where text.hasSuffix(name) { text = text.dropLast(name.count) + "Z" }
        if let time = Timestamp(iso8601: text.utf8) { return time }
        return Timestamp(iso8601: extended(text).utf8)
    }

    /// Parses seconds since 1970, or, like Traccar, milliseconds from 2³¹ on.
    ///
    /// Larger values are micro- and nanoseconds, if milliseconds would be later than the year 5138.
    static func read(_ number: Double) -> Timestamp? {
        let seconds: Double
        switch number {
        case ..<2_147_483_648: seconds = number
        case ..<1e14: seconds = number / 1_000
        case ..<1e17: seconds = number / 1_000_000
        default: seconds = number / 1_000_000_000
        }
        return PhoneNumber.seconds(seconds)
    }

    /// Whether a text is a time in milliseconds.
    static func isMilliseconds(_ text: String) -> Bool {
        PhoneNumber.decimal(text.utf8).map { (2_147_483_648..<1e14).contains($0) } ?? false
    }

    /// Inserts `T` and colons into the basic form, and removes the space before the zone.
    private static func extended(_ text: String) -> String {
        var bytes = Array(text.utf8)
        let isBasic = bytes.count >= 15 && bytes[8] | 0x20 == UInt8(ascii: "t") && bytes[4] != UInt8(ascii: "-")
        if isBasic {
            for (position, mark) in [(13, ":"), (11, ":"), (6, "-"), (4, "-")] {
                bytes.insert(contentsOf: mark.utf8, at: position)
            }
        }
        // The space before the zone was sent, or is a plus sign that was not escaped in a query.
        guard let space = bytes.lastIndex(of: 0x20), space > 10 else { return String(decoding: bytes, as: UTF8.self) }
        let zone = bytes[(space + 1)...]
        let isSigned = zone.first.map { "+-Zz".utf8.contains($0) } ?? false
        return String(decoding: bytes[..<space], as: UTF8.self) + (isSigned ? "" : "+")
            + String(decoding: zone, as: UTF8.self)
    }

    /// Corrects the time of a fix.
    ///
    /// A time before 2010 is corrected only if a single mistake explains it: the function adds 1,024 weeks if the result is within
    /// the last 30 days, or 31 years if the app may count from 2001.
    ///
    /// - Parameters:
    ///   - time: the time in the message.
    ///   - mayCountFrom2001: whether the app may count from 2001.
    ///   - now: the current time.
    /// - Returns: the corrected time.
    /// - Throws: `DeviceRefusal` if the time is certainly wrong and the right one is unknown.
    static func mended(
        _ time: Timestamp,
        mayCountFrom2001: Bool,
        now: Timestamp
    ) throws(DeviceRefusal) -> Timestamp {
        guard Timestamp.supported.contains(time) else { throw .noTime }
        let latest = Timestamp(microseconds: now.microseconds + LocationReport.clockTolerance)
        guard time < earliest else {
            guard time <= latest else { throw .inFuture }
            return time
        }
        let week = Timestamp(microseconds: time.microseconds + weekRollover)
        if week <= latest, week.microseconds >= now.microseconds - longestDelay { return week }
        let year = Timestamp(microseconds: time.microseconds + referenceDate)
        if mayCountFrom2001, year >= earliest, year <= latest { return year }
        throw .clockNotSet
    }
}
