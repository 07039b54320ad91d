import Synchronization

/// A request's place in a distributed trace: W3C Trace Context, header `traceparent`.
///
/// Each service takes it from the request or starts one, and passes a ``child()`` on. Log lines have both ids, so one
/// search shows a request's way through the suite. https://www.w3.org/TR/trace-context/
package struct TraceContext: Sendable, Hashable {
    /// The id of the trace; never zero.
    package let traceID: UInt128
    /// The id of the caller's span, or of the own one in a ``child()``; never zero.
    package let spanID: UInt64
    /// The id of the parent span; `nil` for the first one of a trace, and if it is unknown.
    package let parentSpanID: UInt64?
    /// Whether the trace is recorded.
    package let isSampled: Bool

    /// Starts a trace with new ids.
    package init(isSampled: Bool = false) {
        var numbers = SpanNumbers()
        self.init(isSampled: isSampled, using: &numbers)
    }

    /// Starts a trace with ids from a generator.
    package init(isSampled: Bool, using generator: inout some RandomNumberGenerator) {
        self.traceID = UInt128.random(in: 1...UInt128.max, using: &generator)
        self.spanID = UInt64.random(in: 1...UInt64.max, using: &generator)
        self.parentSpanID = nil
        self.isSampled = isSampled
    }

    private init(traceID: UInt128, spanID: UInt64, parentSpanID: UInt64? = nil, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.isSampled = isSampled
    }

    /// Parses a header; returns `nil` if it must be ignored, and then the receiver starts a trace.
    ///
    /// Versions above 00 are parsed like 00, as the recommendation requires (section 4.3).
    package init?(traceparent: some StringProtocol) {
        var fields = Fields(traceparent.utf8)
        guard let version = fields.hexadecimal(digits: 2, as: UInt8.self), version != 0xFF,
            fields.dash(),
            let traceID = fields.hexadecimal(digits: 32, as: UInt128.self), traceID != 0,
            fields.dash(),
            let spanID = fields.hexadecimal(digits: 16, as: UInt64.self), spanID != 0,
            fields.dash(),
            let flags = fields.hexadecimal(digits: 2, as: UInt8.self),
            fields.isAtEnd || (version > 0 && fields.dash())
        else { return nil }
        self.init(traceID: traceID, spanID: spanID, isSampled: flags & 1 == 1)
    }

    /// The same trace with a new span, for work of this process or a request that it makes.
    package func child() -> TraceContext {
        var numbers = SpanNumbers()
        return TraceContext(
            traceID: traceID,
            spanID: UInt64.random(in: 1...UInt64.max, using: &numbers),
            parentSpanID: spanID,
            isSampled: isSampled
        )
    }

    /// The header's value: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    package var traceparent: String {
        "00-\(traceIDText)-\(spanIDText)-\(isSampled ? "01" : "00")"
    }

    /// The trace's id as 32 hexadecimal digits.
    package var traceIDText: String { hexadecimal(traceID, digits: 32) }

    /// The span's id as 16 hexadecimal digits.
    package var spanIDText: String { hexadecimal(spanID, digits: 16) }

    /// The id of the parent span as 16 hexadecimal digits.
    package var parentSpanIDText: String? { parentSpanID.map { hexadecimal($0, digits: 16) } }

    private func hexadecimal(_ number: some FixedWidthInteger & UnsignedInteger, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    /// The header's fields, read from left to right.
    private struct Fields<Bytes: Collection<UInt8>> {
        private var rest: Bytes.SubSequence

        init(_ bytes: Bytes) {
            rest = bytes[...]
        }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func dash() -> Bool {
            rest.popFirst() == UInt8(ascii: "-")
        }

        /// Lowercase digits only, as the recommendation requires.
        mutating func hexadecimal<Number: FixedWidthInteger>(digits: Int, as: Number.Type) -> Number? {
            var number: Number = 0
            for _ in 0..<digits {
                switch rest.popFirst() {
                case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                    number = number << 4 | Number(byte - UInt8(ascii: "0"))
                case let byte? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte):
                    number = number << 4 | Number(byte - UInt8(ascii: "a") + 10)
                default:
                    return nil
                }
            }
            return number
        }
    }
}

/// Random numbers for ids: one atomic addition gives a few of them, where the system's generator needs a system call
/// for each.
///
/// SplitMix64 with a random start, whose state grows in steps: Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014. Each generator takes the next few steps.
private struct SpanNumbers: RandomNumberGenerator {
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let steps: UInt64 = 8
    private static let beginning = Atomic(UInt64.random(in: 0...UInt64.max))
    private var state: UInt64

    init() {
        state = Self.beginning.wrappingAdd(Self.step &* Self.steps, ordering: .relaxed).oldValue
    }

    mutating func next() -> UInt64 {
        state &+= Self.step
        var number = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
        return number ^ number >> 31
    }
}
