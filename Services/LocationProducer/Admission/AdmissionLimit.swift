/// How many bytes of requests may be worked on at once: as many as are done in time.
///
/// A gradient controller, as in Netflix's concurrency-limits (`Gradient2Limit`) and Envoy's adaptive concurrency filter: the
/// limit follows the ratio of the time that requests should take to the time that they do take. They should take half as
/// long again at most as where few are worked on, which is measured whenever few are. Times are weighted by bytes, for
/// they grow with the request and not only with the load; by Little's law that makes the measure bytes in progress over
/// bytes finished a second.
struct AdmissionLimit {
    /// The time from a request's last byte to its answer that is good enough in any case.
    static let leastTarget = Duration.milliseconds(100)
    /// The longest that is ever aimed at.
    static let greatestTarget = Duration.seconds(1)
    /// How much longer requests may take than where few are worked on.
    private static let tolerance = 1.5
    /// So many requests at once are few: fewer would not keep processors and disk busy at the same time.
    static let few = 4
    /// What is let in before anything has been measured, and again when there is little to do.
    static let initial = 2 << 20
    /// The least that it comes down to: ten batches of a thousand, less than half a second's work for a slow machine.
    static let minimum = 1 << 20

    /// The most bytes that may be worked on.
    private(set) var bytes: Int
    private let maximum: Int
    private var finished = 0.0
    /// Byte-seconds.
    private var weightedTime = 0.0
    private var isPressed = false
    /// The most requests at once in this window.
    private var workers = 0
    /// How long requests take where few are worked on, in seconds.
    private var undisturbed = 0.0
    private var windowEnd: ContinuousClock.Instant?

    /// The least time over which requests are measured.
    private static let window = Duration.milliseconds(100)
    /// No measure, however bad, takes more at once.
    private static let steepestFall = 0.5
    private static let rise = 1.1

    /// Makes a limit.
    ///
    /// - Parameter maximum: bytes that it never exceeds.
    init(maximum: Int) {
        self.maximum = max(maximum, Self.minimum)
        bytes = min(Self.initial, self.maximum)
    }

    /// A request is done.
    ///
    /// - Parameters:
    ///   - cost: its bytes.
    ///   - time: how long it took.
    ///   - inProgress: all bytes that were worked on, its own included.
    ///   - workers: of how many requests they were.
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
        // What is in progress now has come under the old limit, so that the new one shows only behind it.
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
            // What was fast enough for much is not known to be so any more.
            bytes = max(Self.initial, Int(Double(bytes) / Self.rise))
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
