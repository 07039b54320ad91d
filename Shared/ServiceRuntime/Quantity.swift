/// Numbers with a unit, as in settings: `250ms`, `7d`, `10MiB`.
enum Quantity {
    /// Units of time in milliseconds, largest first.
    static let time: [(suffix: String, size: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Units of size in bytes, largest first.
    static let size: [(suffix: String, size: Int)] = [
        ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1000),
        ("B", 1),
    ]

    /// Parses a whole number followed by a unit; returns `nil` for anything else, and if it is too large.
    static func parse(_ text: String, units: [(suffix: String, size: Int)]) -> Int? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int(Substring(digits)),
            let unit = units.first(where: { $0.suffix.utf8.elementsEqual(text.utf8.dropFirst(digits.count)) })
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.size)
        return overflow ? nil : product
    }

    /// The number in the largest unit that divides it.
    static func text(_ number: Int, units: [(suffix: String, size: Int)]) -> String {
        let fitting = units.first { number != 0 && number.isMultiple(of: $0.size) } ?? units.last
        guard let fitting else { return number.description }
        return "\(number / fitting.size)\(fitting.suffix)"
    }

    /// A duration, to the millisecond.
    static func text(_ duration: Duration) -> String {
        text(milliseconds(duration), units: time)
    }

    /// The whole milliseconds of a duration.
    static func milliseconds(_ duration: Duration) -> Int {
        Int(duration / .milliseconds(1))
    }
}
