#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Cuts samples into stays and single samples on the move: the likeliest way of all.
///
/// Optimal partitioning (Jackson et al., "An algorithm for optimal partitioning of data on an interval", 2005) with pruning
/// (Killick, Fearnhead and Eckley, "Optimal detection of changepoints with a linear computational cost", 2012). All costs are
/// −2 ln of a likelihood: a change of place is as likely as leaving within the time between the samples, and what follows
/// lies anywhere within reach. O(n × samples of a stay).
struct Segmentation {
    /// What the last samples of a partition are.
    private enum Ending {
        /// A stay that begins with a sample.
        case stay(from: Int)
        /// A single sample on the move.
        case move
    }

    private let samples: [Sample]
    private let costs: StayCosts
    private let settings: PresenceSettings

    init(_ samples: [Sample], costs: StayCosts, settings: PresenceSettings) {
        self.samples = samples
        self.costs = costs
        self.settings = settings
    }

    /// The price of coming to rest after a sample on the move, and of going on: one in four comes to rest.
    private static let (stopping, walkingOn) = (-2 * log(0.25), -2 * log(0.75))
    /// What two coordinates gain on average by being fitted to errors alone: 1 each.
    private static let fitting = 2.0
    /// What a candidate may be behind the best before it is forgotten: more than any change costs.
    private static let slack = 48.0
    /// How far people go is spread evenly over the logarithm of the distance: over so many factors of e, from 1 to 100 m.
    private static let scales = 4.6

    /// The stays as ranges of samples, two at least, in order.
    func stays() -> [Range<Int>] {
        guard samples.count > 1 else { return [] }
        let count = samples.count
        // By the number of samples explained: the least cost with a stay at the end, and with a move.
        var stayCost = [Double](repeating: .infinity, count: count + 1)
        var moveCost = [Double](repeating: .infinity, count: count + 1)
        var stayStart = [Int](repeating: 0, count: count + 1)
        var moveFollowsStay = [Bool](repeating: false, count: count + 1)
        var beginFollowsStay = [Bool](repeating: false, count: count + 1)
        var starts = StayStarts(capacity: count)
        var (step, leave) = (-1.0, 0.0)
        moveCost[1] = Self.walkingOn
        starts.add(0, base: base(0, before: 0), costs, samples[0])
        for end in 2...count {
            let link = end - 2
            let elapsed = samples[end - 1].time - samples[end - 2].time
            let isLinked = elapsed <= settings.longestStayGap
            if !isLinked { starts.removeAll() }
            let best = starts.best(
                costs.information[end - 1],
                costs.momentsX[end - 1],
                costs.momentsY[end - 1]
            )
            if let best {
                stayCost[end] = best.cost + costs.squares[end - 1]
                stayStart[end] = best.start
            }
            // The sample itself, as the first one of something new.
            if abs(elapsed - step) > 1e-6 { (step, leave) = (elapsed, leaving(within: elapsed)) }
            let reach = reaching(at: link)
            let afterStay = stayCost[end - 1] + leave + reach
            let afterMove = moveCost[end - 1] + reach
            moveFollowsStay[end] = afterStay < afterMove + Self.walkingOn
            moveCost[end] = min(afterStay, afterMove + Self.walkingOn)
            beginFollowsStay[end] = afterStay < afterMove + Self.stopping
            let begin = min(afterStay, afterMove + Self.stopping)
            starts.prune(above: begin + Self.slack - costs.squares[end - 1])
            starts.add(end - 1, base: base(end - 1, before: begin), costs, samples[end - 1])
        }
        var stays: [Range<Int>] = []
        var end = count
        var isStay = stayCost[count] <= moveCost[count]
        while end > 0 {
            if isStay {
                let start = stayStart[end]
                stays.append(start..<end)
                isStay = start > 0 && beginFollowsStay[start + 1]
                end = start
            } else {
                isStay = end > 1 && moveFollowsStay[end]
                end -= 1
            }
        }
        return stays.reversed()
    }

    /// The price of leaving within some seconds.
    private func leaving(within elapsed: Double) -> Double {
        Self.fitting - 2 * log(1 - exp(-elapsed / settings.meanStay))
    }

    /// The price of being found where one is found next.
    private func reaching(at link: Int) -> Double {
        let (here, there) = (samples[link], samples[link + 1])
        let error = here.deviation * here.deviation + there.deviation * there.deviation
        let squaredStep = here.point.squaredDistance(to: there.point) + error
        return 2 * log(Self.scales * squaredStep * costs.weights[link + 1])
    }

    /// What a stay from a sample costs before its links.
    private func base(_ start: Int, before: Double) -> Double {
        let point = samples[start].point
        return before + costs.weights[start] * (point.x * point.x + point.y * point.y) - costs.squares[start]
    }
}
