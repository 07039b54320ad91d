import Models
import Presence

/// The definition of a meeting, as the arguments state it, and the number of threads.
///
/// Names, bounds and defaults are those of the parameters of `GET /api/encounters`.
struct FinderOptions {
    private(set) var rule = MeetingRule()
    /// The number of concurrent tasks.
    private(set) var workers = 1
    private(set) var isHelp = false

    static let usage = """
        usage: presence [--distance METRES] [--gap SECONDS] [--least SECONDS] [--probability P]
                        [--from TIME] [--to TIME] [--workers N]
        Reads locations in records of 24 bytes, ordered by person, device and time, from standard input.
        Writes one JSON object per meeting to standard output. The README of Services/MeetingFinder describes both.
        """

    /// - Throws: ``FinderError`` that names the invalid argument.
    init(_ arguments: some Sequence<String>) throws(FinderError) {
        var rest = arguments.makeIterator()
        var (from, to) = (Timestamp.supported.lowerBound, Timestamp.supported.upperBound)
        while let name = rest.next() {
            switch name {
            case "--help": isHelp = true
            case "--distance":
                rule.distance = try Self.number(name, rest.next(), in: MeetingRule.distances, "metres")
            case "--gap": rule.gap = try Self.number(name, rest.next(), in: Self.times, "seconds")
            case "--least": rule.least = try Self.number(name, rest.next(), in: Self.times, "seconds")
            case "--probability":
                rule.probability = max(
                    try Self.number(name, rest.next(), in: 0...1, "probability"),
                    rule.leastProbability
                )
            case "--from": from = try Self.moment(name, rest.next())
            case "--to": to = try Self.moment(name, rest.next())
            case "--workers": workers = Int(try Self.number(name, rest.next(), in: 1...256, "threads"))
            default: throw FinderError(code: .usage, "Unknown argument \(name).\n\(Self.usage)")
            }
        }
        guard from <= to else {
            throw FinderError(code: .usage, "--to: expected a moment that is not before --from.")
        }
        rule.window = from.microseconds..<to.microseconds
    }

    private static let times = 0.0...86_400

    private static func moment(_ name: String, _ text: String?) throws(FinderError) -> Timestamp {
        guard let moment = text.flatMap({ Timestamp(iso8601: $0.utf8) }) else {
            throw FinderError(code: .usage, "\(name): expected a moment in ISO 8601.")
        }
        return moment
    }

    private static func number(
        _ name: String,
        _ text: String?,
        in range: ClosedRange<Double>,
        _ unit: String
    ) throws(FinderError) -> Double {
        guard let value = text.flatMap({ Double($0) }), range.contains(value) else {
            throw FinderError(code: .usage, "\(name): expected \(range.lowerBound) to \(range.upperBound) (\(unit)).")
        }
        return value
    }
}
