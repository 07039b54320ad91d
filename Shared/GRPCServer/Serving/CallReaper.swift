import Dispatch
import Networking
import Observability

/// Ends late calls, a few times per second.
///
/// It has a timer on a queue of its own, so it runs even if every thread of Swift's pool is busy.
///
/// Safety: the source is constant, and Dispatch's objects may be used from any thread.
final class CallReaper: @unchecked Sendable {
    private static let period = DispatchTimeInterval.milliseconds(100)
    private let source: any DispatchSourceTimer

    /// - Parameters:
    ///   - calls: the calls to check.
    ///   - reaped: counts the calls that were ended.
    init(calls: CallTable, reaped: Counter) {
        source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "grpc.reaper"))
        source.schedule(deadline: .now() + CallReaper.period, repeating: CallReaper.period)
        source.setEventHandler {
            reaped.increment(by: calls.reap(at: MonotonicClock.now()))
        }
        source.activate()
    }

    deinit {
        source.cancel()
    }
}
