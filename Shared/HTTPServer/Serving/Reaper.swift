import Dispatch
import Networking
import Observability

/// Cuts off connections that are late, a few times a second.
///
/// A timer on a queue of its own, so that it runs though every thread of Swift's pool be busy.
///
/// Safety: the source is constant, and Dispatch's objects may be used from any thread.
final class Reaper: @unchecked Sendable {
    private static let period = DispatchTimeInterval.milliseconds(50)
    private let source: any DispatchSourceTimer

    /// - Parameters:
    ///   - connections: who is looked at.
    ///   - reaped: counts who is cut off.
    init(connections: ConnectionTable, reaped: Counter) {
        source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "http.reaper"))
        source.schedule(deadline: .now() + Reaper.period, repeating: Reaper.period)
        source.setEventHandler {
            reaped.increment(by: connections.reap(at: MonotonicClock.now()))
        }
        source.activate()
    }

    deinit {
        source.cancel()
    }
}
