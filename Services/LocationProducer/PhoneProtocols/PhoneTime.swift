import HTTPServer
import Models

/// Times as phone apps write them.
enum PhoneTime {
    /// Microseconds in 1,024 weeks: a receiver that misses the turn of GPS's week number is late by as much.
    private static let weekRollover: Int64 = 1_024 * 7 * 86_400 * 1_000_000
    /// Microseconds from 1970 to 2001, where Apple's reference date is.
    private static let referenceDate: Int64 = 978_307_200 * 1_000_000
    /// 2010-01-01: every app that reports here is younger.
    private static let earliest = Timestamp(microseconds: 1_262_304_000 * 1_000_000)
    /// The longest time that phones are taken to keep a location before they send it, in microseconds.
    private static let longestDelay: Int64 = 30 * 86_400 * 1_000_000

    /// Reads a number, or ISO 8601 with any offset; `nil` if the text is neither.
    ///
    /// Of ISO 8601 `2013-08-22T13:14:27.5+02:00`, a space for the `T`, `+0200`, `+02`, `Z`, and the basic
    /// `20130822T131427Z` are taken. The zone may stand behind a space, as `UTC` or `GMT`, or with its name in brackets.
    static func read(_ text: String) -> Timestamp? {
        if let number = PhoneNumber.decimal(text.utf8) { return read(number) }
        // GPSLogger escapes what it puts into a body as if the body were a query.
        var text = text.utf8.contains(UInt8(ascii: "%")) ? PercentEncoding.decode(text) ?? text : text
        if let bracket = text.firstIndex(of: "["), text.hasSuffix("]") { text = String(text[..<bracket]) }
        for name in ["UTC", "GMT"] where text.hasSuffix(name) { text = text.dropLast(name.count) + "Z" }
        if let time = Timestamp(iso8601: text.utf8) { return time }
        return Timestamp(iso8601: extended(text).utf8)
    }

    /// Seconds since 1970; milliseconds from 2³¹ on, as Traccar reads them; micro- and nanoseconds where these would be
    /// later than the year 5138.
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

    /// The text with a `T` and colons if it is of the basic form, and its zone closed up to the time.
    private static func extended(_ text: String) -> String {
        var bytes = Array(text.utf8)
        let isBasic = bytes.count >= 15 && bytes[8] | 0x20 == UInt8(ascii: "t") && bytes[4] != UInt8(ascii: "-")
        if isBasic {
            for (position, mark) in [(13, ":"), (11, ":"), (6, "-"), (4, "-")] {
                bytes.insert(contentsOf: mark.utf8, at: position)
            }
        }
        // The space before the zone: one that was sent, or a plus sign that was not escaped in a query.
        guard let space = bytes.lastIndex(of: 0x20), space > 10 else { return String(decoding: bytes, as: UTF8.self) }
        let zone = bytes[(space + 1)...]
        let isSigned = zone.first.map { "+-Zz".utf8.contains($0) } ?? false
        return String(decoding: bytes[..<space], as: UTF8.self) + (isSigned ? "" : "+")
            + String(decoding: zone, as: UTF8.self)
    }

    /// The moment that a phone means.
    ///
    /// A time before 2010 is mended where only one mistake explains it: 1,024 weeks are added if the result is within the
    /// last 30 days, 31 years if the app is known to count from 2001.
    ///
    /// - Parameters:
    ///   - time: the time in the message.
    ///   - mayCountFrom2001: whether the app may count from 2001.
    ///   - now: this machine's time.
    /// - Returns: the moment.
    /// - Throws: `DeviceRefusal` if the time is wrong beyond doubt and the right one is not certain.
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
