internal import Dispatch

/// Calls a closure periodically on a separate thread, even if every thread of Swift's pool is busy.
///
/// Safety: the source is constant, and Dispatch's objects may be used from any thread.
package final class PeriodicTimer: @unchecked Sendable {
    private let source: any DispatchSourceTimer

    /// Starts the timer, which ends when it is released.
    ///
    /// - Parameters:
    ///   - name: the name in debuggers.
    ///   - period: the time between two calls.
    ///   - body: called each time.
    package init(_ name: String, every period: Duration, _ body: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: name))
        let interval = DispatchTimeInterval.nanoseconds(Int(period.nanoseconds))
        source.schedule(deadline: .now() + interval, repeating: interval)
        source.setEventHandler(handler: body)
        source.activate()
    }

    deinit {
        source.cancel()
    }
}
