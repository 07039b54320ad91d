import Synchronization

/// Decides which traces are recorded, and keeps their spans until the export.
///
/// Recording never waits: without room, a span is dropped and counted. A tracer without an exporter records nothing.
package final class Tracer: Sendable {
    /// The maximum number of spans that wait for the export.
    package static let capacity = 4_096

    private let threshold: UInt64
    private let waiting = Mutex<[Span]>([])
    private let dropped: Counter?

    /// A tracer that records.
    ///
    /// - Parameters:
    ///   - share: the share of recorded traces among those that begin here, from 0 to 1; for others, the sender has
    ///     decided.
    ///   - metrics: gets `trace_spans_dropped_total`.
    package init(recording share: Double, metrics: MetricsRegistry) {
        threshold = share >= 1 ? .max : UInt64(max(share, 0) * 0x1p64)
        dropped = metrics.counter(
            "trace_spans_dropped_total",
            "Spans that were dropped for lack of room, or not exported."
        )
    }

    private init() {
        threshold = 0
        dropped = nil
    }

    /// A tracer that records nothing.
    package static let disabled = Tracer()

    /// Continues a caller's trace with a new span, or starts a trace.
    ///
    /// - Parameter traceparent: the caller's header; a malformed one counts as none.
    /// - Returns: the ids of the new span.
    package func context(continuing traceparent: String?) -> TraceContext {
        if let caller = traceparent.flatMap({ TraceContext(traceparent: $0) }) { return caller.child() }
        guard threshold > 0 else { return TraceContext() }
        return TraceContext(isSampled: UInt64.random(in: 0...UInt64.max) <= threshold)
    }

    /// Keeps a span if its trace is recorded.
    ///
    /// - Parameters:
    ///   - context: the span's ids.
    ///   - span: evaluated only if it is kept.
    package func record(_ context: TraceContext, _ span: @autoclosure () -> Span) {
        guard context.isSampled, let dropped else { return }
        let span = span()
        let isKept = waiting.withLock { waiting in
            guard waiting.count < Self.capacity else { return false }
            waiting.append(span)
            return true
        }
        if !isKept { dropped.increment() }
    }

    /// Takes out the waiting spans, the oldest first.
    package func take() -> [Span] {
        waiting.withLock { waiting in
            defer { waiting.removeAll() }
            return waiting
        }
    }

    /// Counts spans that were taken out but not exported.
    package func drop(_ count: Int) {
        dropped?.increment(by: count)
    }
}
