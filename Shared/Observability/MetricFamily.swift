/// All series of one name.
struct MetricFamily: Sendable {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    enum Series: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
        case callback(@Sendable () -> Double)
    }

    let kind: Kind
    let help: String
    /// The bounds of a histogram, the same for all its series.
    let bounds: [Double]
    /// The series by their labels as text.
    var series: [String: Series] = [:]
}

/// A metric name that the data model allows: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
struct MetricName {
    let text: String

    private static let histogramSuffixes = ["_bucket", "_sum", "_count"]

    init?(_ text: String) {
        guard text.utf8.isIdentifier(allowingColon: true) else { return nil }
        self.text = text
    }

    /// Whether lines of this metric could belong to another one: a histogram `x` also writes `x_sum`.
    func collides(with families: [String: MetricFamily], kind: MetricFamily.Kind) -> Bool {
        if kind == .histogram, Self.histogramSuffixes.contains(where: { families[text + $0] != nil }) { return true }
        return Self.histogramSuffixes.contains { suffix in
            text.hasSuffix(suffix) && families[String(text.dropLast(suffix.count))]?.kind == .histogram
        }
    }
}

/// The labels of a series as text: sorted by name, with escaped values, without braces.
struct MetricLabels {
    let text: String

    /// Returns `nil` if a name is malformed, reserved or duplicated.
    init?(_ labels: [(String, String)], of kind: MetricFamily.Kind) {
        var text = ""
        var previous: String?
        for (name, value) in labels.sorted(by: { $0.0 < $1.0 }) {
            guard name.utf8.isIdentifier(allowingColon: false), !name.hasPrefix("__"), name != previous,
                !(kind == .histogram && name == "le")
            else { return nil }
            if previous != nil { text += "," }
            text += "\(name)=\"\(Self.escaped(value))\""
            previous = name
        }
        self.text = text
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x0A || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) else {
            return value
        }
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\n": escaped += #"\n"#
            case "\\": escaped += #"\\"#
            case "\"": escaped += #"\""#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension String.UTF8View {
    fileprivate func isIdentifier(allowingColon: Bool) -> Bool {
        var isFirst = true
        for byte in self {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: ":") where allowingColon: break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst: break
            default: return false
            }
            isFirst = false
        }
        return !isFirst
    }
}
