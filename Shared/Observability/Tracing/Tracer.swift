import Synchronization

/// Decides which traces are recorded, and keeps their spans until they are exported.
///
/// Recording never waits: what finds no room is dropped and counted. A tracer that nobody exports from records nothing.
package final class Tracer: Sendable {
    /// How many spans wait for their export at most.
    package static let capacity = 4_096

    private let threshold: UInt64
    private let waiting = Mutex<[Span]>([])
    private let dropped: Counter?

    /// Makes a tracer that records.
    ///
    /// - Parameters:
    ///   - share: the share of traces that are recorded among those which begin here, from 0 to 1; whoever hands on a
    ///     trace has decided for it already.
    ///   - metrics: gets `trace_spans_dropped_total`.
    package init(recording share: Double, metrics: MetricsRegistry) {
        threshold = share >= 1 ? .max : UInt64(max(share, 0) * 0x1p64)
        dropped = metrics.counter("trace_spans_dropped_total", "Spans that found no room, or that nobody took.")
    }

    private init() {
        threshold = 0
        dropped = nil
    }

    /// Records nothing.
    package static let disabled = Tracer()

    /// Goes on with a caller's trace by a span of ours, or begins one.
    ///
    /// - Parameter traceparent: the caller's header; one that is malformed counts as none.
    /// - Returns: the ids of our span.
    package func context(continuing traceparent: String?) -> TraceContext {
        if let caller = traceparent.flatMap({ TraceContext(traceparent: $0) }) { return caller.child() }
        guard threshold > 0 else { return TraceContext() }
        return TraceContext(isSampled: UInt64.random(in: 0...UInt64.max) <= threshold)
    }

    /// Keeps a span if its trace is recorded.
    ///
    /// - Parameters:
    ///   - context: the span's ids.
    ///   - span: made only if it is kept.
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

    /// Takes the spans that wait, the oldest first.
    package func take() -> [Span] {
        waiting.withLock { waiting in
            defer { waiting.removeAll() }
            return waiting
        }
    }

    /// Counts spans that have been taken and went nowhere.
    package func drop(_ count: Int) {
        dropped?.increment(by: count)
    }
}
