/// A piece of work within a trace, as OpenTelemetry understands it: what, when, for how long, and how it ended.
///
/// https://opentelemetry.io/docs/specs/otel/trace/api/#span
package struct Span: Sendable {
    /// How it relates to other processes; the numbers are OTLP's.
    package enum Kind: Int, Sendable {
        /// It answers a request.
        case server = 2
        /// It works on what came through a queue.
        case consumer = 5
    }

    /// What is known of it besides.
    package enum Value: Sendable, Hashable {
        case string(String)
        case integer(Int)
    }

    /// What is done, of few different ones: a route's template, never a path.
    package let name: String
    /// How it relates to other processes.
    package let kind: Kind
    /// Its ids.
    package let context: TraceContext
    /// When it began, in nanoseconds since 1970.
    package let start: Int64
    /// How long it took, in nanoseconds.
    package let duration: Int64
    /// Whether it failed by our own fault.
    package let isFailure: Bool
    /// What is known of it besides, by OpenTelemetry's names.
    package let attributes: [(String, Value)]

    /// Describes work that has just ended.
    ///
    /// - Parameters:
    ///   - name: what was done, of few different ones.
    ///   - kind: how it relates to other processes.
    ///   - context: its ids.
    ///   - duration: how long it took, in nanoseconds.
    ///   - isFailure: whether it failed by our own fault.
    ///   - attributes: what is known of it besides, by OpenTelemetry's names.
    package init(
        _ name: String,
        _ kind: Kind,
        _ context: TraceContext,
        duration: Int64,
        isFailure: Bool,
        attributes: [(String, Value)] = []
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        start = LogTime.now() * 1_000 - duration
        self.duration = duration
        self.isFailure = isFailure
        self.attributes = attributes
    }
}
