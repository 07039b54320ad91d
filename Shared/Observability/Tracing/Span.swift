/// A unit of work within a trace, as OpenTelemetry defines it.
///
/// https://opentelemetry.io/docs/specs/otel/trace/api/#span
package struct Span: Sendable {
    /// The relation to other processes, with OTLP's numbers.
    package enum Kind: Int, Sendable {
        /// The span answers a request.
        case server = 2
        /// The span processes messages of a queue.
        case consumer = 5
    }

    /// The value of an attribute.
    package enum Value: Sendable, Hashable {
        case string(String)
        case integer(Int)
    }

    /// The name, one of few: a route's template, never a path.
    package let name: String
    /// The relation to other processes.
    package let kind: Kind
    /// The ids.
    package let context: TraceContext
    /// The start, in nanoseconds since 1970.
    package let start: Int64
    /// The duration, in nanoseconds.
    package let duration: Int64
    /// Whether the service failed, rather than the client.
    package let isFailure: Bool
    /// The attributes, by OpenTelemetry's names.
    package let attributes: [(String, Value)]

    /// A span that has just ended.
    ///
    /// - Parameters:
    ///   - name: the name, one of few.
    ///   - kind: the relation to other processes.
    ///   - context: the ids.
    ///   - duration: the duration, in nanoseconds.
    ///   - isFailure: whether the service failed, rather than the client.
    ///   - attributes: the attributes, by OpenTelemetry's names.
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
