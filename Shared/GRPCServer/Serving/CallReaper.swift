import Dispatch
import Networking
import Observability

/// Ends calls that are late, a few times a second.
///
/// A timer on a queue of its own, so that it runs though every thread of Swift's pool be busy.
///
/// Safety: the source is constant, and Dispatch's objects may be used from any thread.
final class CallReaper: @unchecked Sendable {
    private static let period = DispatchTimeInterval.milliseconds(100)
    private let source: any DispatchSourceTimer

    /// - Parameters:
    ///   - calls: who is looked at.
    ///   - reaped: counts whose call is ended.
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
