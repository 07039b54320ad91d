/// Writes metrics in Prometheus's text format 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
struct PrometheusText {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(16_384)
    }

    /// Appends `HELP` and `TYPE`, then every series, sorted by labels.
    mutating func append(_ name: String, _ family: MetricFamily) {
        append("# HELP \(name) \(Self.escapedHelp(family.help))\n")
        append("# TYPE \(name) \(family.kind.rawValue)\n")
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
            switch series {
            case .counter(let counter): appendSample(name, labels, counter.value.description)
            case .gauge(let gauge): appendSample(name, labels, Self.number(gauge.value))
            case .callback(let read): appendSample(name, labels, Self.number(read()))
            case .histogram(let histogram): append(name, labels, histogram)
            }
        }
    }

    private mutating func append(_ name: String, _ labels: String, _ histogram: Histogram) {
        let (cumulative, sum) = histogram.snapshot()
        let prefix = labels.isEmpty ? "" : labels + ","
        for (bound, count) in zip(histogram.bounds + [.infinity], cumulative) {
            appendSample("\(name)_bucket", "\(prefix)le=\"\(Self.number(bound))\"", count.description)
        }
        appendSample("\(name)_sum", labels, Self.number(sum))
        appendSample("\(name)_count", labels, (cumulative.last ?? 0).description)
    }

    private mutating func appendSample(_ name: String, _ labels: String, _ value: String) {
        append(name)
        if !labels.isEmpty {
            append("{")
            append(labels)
            append("}")
        }
        append(" ")
        append(value)
        append("\n")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// A number that Go's `ParseFloat` accepts; whole numbers have no fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int(exactly: value), integer.magnitude < 1 << 53 { return integer.description }
        return value.description
    }

    private static func escapedHelp(_ help: String) -> String {
        help.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "\n": escaped += #"\n"#
            case "\\": escaped += #"\\"#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
