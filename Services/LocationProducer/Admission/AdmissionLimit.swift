import Concurrency

/// The number of bytes of requests that may be in progress, so that all are answered in time.
///
/// A gradient controller, as in Netflix's concurrency-limits (`Gradient2Limit`) and Envoy's adaptive concurrency
/// filter: the limit follows the ratio of the target time to the measured time of requests. The target is 1.5 times the
/// time under low load, measured whenever few requests are in progress. Times are weighted by bytes, because a request's
/// time grows with its size as well as with the load. By Little's law, the weighted time is the bytes in progress divided
/// by the bytes finished per second.
struct AdmissionLimit {
    /// The time from a request's last byte to its answer that is always acceptable.
    static let leastTarget = Duration.milliseconds(100)
    /// The maximum target time.
    static let greatestTarget = Duration.seconds(1)
    /// The allowed ratio to the time with few requests in progress.
    private static let tolerance = 1.5
    /// The load is low up to this number of requests in progress.
    ///
    /// Fewer would not keep processors and disk busy at once.
    static let few = 4
    /// The limit before the first measurement, and under low load.
    static let initial = 2 << 20
    /// The minimum limit: ten batches of a thousand, less than half a second's work for a slow machine.
    static let minimum = 1 << 20

    /// The current limit in bytes.
    private(set) var bytes: Int
    private let maximum: Int
    private var finished = 0.0
    /// Byte-seconds.
    private var weightedTime = 0.0
    private var isPressed = false
    /// The largest number of requests in progress in this window.
    private var workers = 0
    /// The time of requests with few in progress, in seconds.
    private var undisturbed = 0.0
    private var windowEnd: ContinuousClock.Instant?

    /// The minimum duration of a measurement.
    private static let window = Duration.milliseconds(100)
    /// The largest decrease by one measurement.
    private static let steepestFall = 0.5
    private static let rise = 1.1

    ///
    /// - Parameter maximum: the upper bound of the limit in bytes.
    init(maximum: Int) {
        self.maximum = max(maximum, Self.minimum)
        bytes = min(Self.initial, self.maximum)
    }

    /// Records a finished request.
    ///
    /// - Parameters:
    ///   - cost: its bytes.
    ///   - time: its duration.
    ///   - inProgress: the bytes in progress, its own included.
    ///   - workers: the number of requests in progress.
    ///   - now: the time.
    mutating func finish(
        cost: Int,
        after time: Duration,
        inProgress: Int,
        workers: Int,
        now: ContinuousClock.Instant
    ) {
        finished += Double(cost)
        weightedTime += Double(cost) * time.inSeconds
        isPressed = isPressed || inProgress > bytes / 2
        self.workers = max(self.workers, workers)
        guard let end = windowEnd else {
            windowEnd = now + Self.window
            return
        }
        guard now >= end else { return }
        let mean = weightedTime / finished
        if self.workers <= Self.few {
            undisturbed = undisturbed == 0 ? mean : undisturbed + (mean - undisturbed) / 8
        }
        adjust(to: target / max(mean, 1e-9))
        // The requests in progress were admitted under the old limit, so the new limit takes effect only after them.
        windowEnd = now + max(Self.window, .seconds(min(mean, 5)))
        (finished, weightedTime, isPressed, self.workers) = (0, 0, false, 0)
    }

    /// In seconds.
    private var target: Double {
        min(max(Self.leastTarget.inSeconds, undisturbed * Self.tolerance), Self.greatestTarget.inSeconds)
    }

    private mutating func adjust(to gradient: Double) {
        if gradient < 1 {
            bytes = max(Self.minimum, Int(Double(bytes) * max(gradient, Self.steepestFall)))
        } else if isPressed || bytes < Self.initial {
            bytes = min(maximum, Int(Double(bytes) * min(gradient, Self.rise)))
        } else if bytes > Self.initial {
            // Under low load, a high limit is no longer known to be fast enough.
            bytes = max(Self.initial, Int(Double(bytes) / Self.rise))
        }
    }
}
