import Dispatch
import Networking
import Observability

/// Cuts late connections, a few times per second.
///
/// It has a timer on a queue of its own, so it runs even if every thread of Swift's pool is busy.
///
/// Safety: the source is constant, and Dispatch's objects may be used from any thread.
final class Reaper: @unchecked Sendable {
    private static let period = DispatchTimeInterval.milliseconds(50)
    private let source: any DispatchSourceTimer

    /// - Parameters:
    ///   - connections: the connections to check.
    ///   - reaped: counts the connections that were cut.
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
