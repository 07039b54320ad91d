internal import Glibc

/// Cuts samples into the most likely sequence of stays and moving samples.
///
/// This is optimal partitioning (Jackson et al., "An algorithm for optimal partitioning of data on an interval", 2005) with
/// pruning (Killick, Fearnhead and Eckley, "Optimal detection of changepoints with a linear computational cost", 2012). All
/// costs are −2 ln of a likelihood. Leaving has the likelihood of a stay ending between the two samples; the next place is
/// anywhere within reach. O(n × samples of a stay).
struct Segmentation {
    /// The last segment of a partition.
    private enum Ending {
        /// A stay that starts with the given sample.
        case stay(from: Int)
        /// A single moving sample.
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

    /// Costs after a moving sample: of resting, which one in four does, and of moving on.
    private static let (costOfResting, costOfMovingOn) = (-2 * log(0.25), -2 * log(0.75))
    /// Mean reduction of χ² by fitting the two coordinates of a place: 1 each.
    private static let fittingGain = 2.0
    /// A candidate is pruned if it costs this much more than the best one.
    ///
    /// The value exceeds the cost of any change.
    private static let pruningMargin = 48.0
    /// Width of the uniform prior for the logarithm of the distance, from 1 to 100 m.
    private static let logDistanceRange = 4.6

    /// The stays as ranges of at least two samples, in order.
    func stays() -> [Range<Int>] {
        guard samples.count > 1 else { return [] }
        let count = samples.count
        // Indexed by the number of samples: the lowest cost of a partition that ends with a stay, and with a move.
        var stayCost = [Double](repeating: .infinity, count: count + 1)
        var moveCost = [Double](repeating: .infinity, count: count + 1)
        var stayStart = [Int](repeating: 0, count: count + 1)
        var moveFollowsStay = [Bool](repeating: false, count: count + 1)
        var beginFollowsStay = [Bool](repeating: false, count: count + 1)
        var starts = StayStarts(capacity: count)
        var (step, leave) = (-1.0, 0.0)
        moveCost[1] = Self.costOfMovingOn
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
            // The sample starts a new segment.
            if abs(elapsed - step) > 1e-6 { (step, leave) = (elapsed, leaving(within: elapsed)) }
            let reach = reaching(at: link)
            let afterStay = stayCost[end - 1] + leave + reach
            let afterMove = moveCost[end - 1] + reach
            moveFollowsStay[end] = afterStay < afterMove + Self.costOfMovingOn
            moveCost[end] = min(afterStay, afterMove + Self.costOfMovingOn)
            beginFollowsStay[end] = afterStay < afterMove + Self.costOfResting
            let begin = min(afterStay, afterMove + Self.costOfResting)
            starts.prune(above: begin + Self.pruningMargin - costs.squares[end - 1])
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

    /// The cost of leaving within some seconds.
    private func leaving(within elapsed: Double) -> Double {
        Self.fittingGain - 2 * log(1 - exp(-elapsed / settings.meanStay))
    }

    /// The cost of the distance to the next sample.
    private func reaching(at link: Int) -> Double {
        let (here, there) = (samples[link], samples[link + 1])
        let error = here.deviation * here.deviation + there.deviation * there.deviation
        let squaredStep = here.point.squaredDistance(to: there.point) + error
        return 2 * log(Self.logDistanceRange * squaredStep * costs.weights[link + 1])
    }

    /// The cost of a stay from a sample on, without its links.
    private func base(_ start: Int, before: Double) -> Double {
        let point = samples[start].point
        return before + costs.weights[start] * (point.x * point.x + point.y * point.y) - costs.squares[start]
    }
}
