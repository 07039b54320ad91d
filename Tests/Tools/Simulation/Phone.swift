internal import Models

/// An attendee's phone: its errors, its reports, and their way through the network.
struct Phone: Sendable {
    /// A position at a time, as the phone measures it.
    struct Fix: Hashable, Sendable {
        let owner: Int
        let device: Int
        /// Milliseconds since the event's start, by the phone's clock.
        let time: Int
        let point: Point
        let accuracy: Accuracy?
    }

    /// A fix in transit.
    struct Dispatch: Sendable {
        let fix: Fix
        /// Milliseconds since the event's start at which it arrives.
        let due: Int
        /// Whether this is a repeated sending of the fix.
        let isRepeat: Bool
    }

    /// The attendee, by index in the list of attendees.
    let owner: Int
    /// Which of the owner's phones, from 0.
    private let device: Int
    let habit: ReportHabit
    /// Seconds between two fixes.
    let interval: Int
    /// Standard deviation of the error in each direction, in metres.
    let deviation: Double
    /// The radius in metres that holds the true place with a probability of 68 %.
    private let radius: Double
    /// The share of an error that is left after a second.
    private let persistence: Double
    /// The part of a second at which this phone takes its fixes, in milliseconds.
    let phase: Int
    private let hasPoorNetwork: Bool
    /// Whether it sends the latest fixes first when it is back online.
    private let sendsLatestFirst: Bool
    private var generator: Xoshiro256

    private var error: Point
    private var lastFix: Int?
    private var lastReported: Point?
    private var nextFix = 0
    private var isOnline = true
    private var nextNetworkChange: Int
    private var buffer: [Fix] = []

    /// The maximum number of fixes that an offline phone keeps; the oldest are dropped first.
    static let bufferCapacity = 5_000
    private static let batchSize = 50

    /// The mean deviation of phones.
    private static let meanDeviation = 3.0
    /// Deviations within which 68 % of the fixes lie: √(−2 ln 0.32), because the distance has a Rayleigh distribution.
    private static let deviationsInRadius = 1.509_6

    init(owner: Int, device: Int = 0, _ configuration: SimulationConfiguration) {
        let (seed, traits) = (configuration.seed, configuration.traits)
        var generator = Xoshiro256(seed: seed, stream: RandomStream.phone(of: owner, device: device))
        self.owner = owner
        self.device = device
        habit = ReportHabit(of: owner, device: device, seed: seed, traits: traits)
        let ownInterval = generator.element(of: [5, 10, 10, 15, 15, 20, 30, 30, 60]) ?? 15
        interval = habit.interval ?? ownInterval
        deviation = generator.uniform(configuration.phoneDeviations)
        radius = deviation * Self.deviationsInRadius
        // The time constant of the error is half a minute to two minutes indoors.
        persistence = 1 - 1 / generator.uniform(30...120)
        phase = generator.chance(0.5) ? 0 : generator.integer(below: 1_000)
        hasPoorNetwork = generator.chance(0.12)
        sendsLatestFirst = generator.chance(0.3)
        error = Point(generator.normal() * deviation, generator.normal() * deviation)
        nextNetworkChange = generator.integer(in: 60...2_400)
        self.generator = generator
    }

    /// Whether fixes wait for the network.
    var isWaiting: Bool { !buffer.isEmpty }

    /// When the next fix is due, in whole seconds since the event's start.
    func isDue(at now: Int) -> Bool { now >= nextFix }

    /// Takes a fix and sends it or keeps it.
    ///
    /// - Parameters:
    ///   - truth: the true position, ``phase`` milliseconds after `now`.
    ///   - now: seconds since the event's start.
    ///   - accuracyMap: how well phones know their place here; `nil` if that is the same everywhere.
    ///   - network: receives the phone's messages.
    mutating func takeFix(at truth: Point, now: Int, accuracyMap: AccuracyMap?, to network: inout ArrivalQueue) {
        drift(to: now)
        nextFix = now + interval
        let radius = accuracyMap.map { self.radius(at: truth, of: $0) } ?? self.radius
        let scale = radius / self.radius
        let point = truth + Point(error.x * scale, error.y * scale)
        if let lastReported, lastReported.distance(to: point) < habit.leastMove { return }
        lastReported = point
        let time = now * 1_000 + phase
        let fix = Fix(
            owner: owner,
            device: device,
            time: time + habit.clockError,
            point: point,
            accuracy: Accuracy(metres: radius)
        )
        guard isOnline, !generator.chance(0.01) else { return keep(fix) }
        let due = time + generator.integer(in: 80...1_500)
        network.insert(Dispatch(fix: fix, due: due, isRepeat: false))
        // The answer was lost, so the phone repeats the fix.
        if generator.chance(0.015) {
            let delay = generator.integer(in: 5_000...60_000)
            network.insert(Dispatch(fix: fix, due: due + delay, isRepeat: true))
        }
    }

    /// The radius at a place: a phone that is better than others is so everywhere.
    private func radius(at place: Point, of map: AccuracyMap) -> Double {
        let radius = map.radius(at: place) * deviation / Self.meanDeviation
        return min(max(radius, AccuracyMap.radii.lowerBound), AccuracyMap.radii.upperBound)
    }

    /// Loses or finds the network if it is time; sends the kept fixes in batches when it is online.
    mutating func updateNetwork(now: Int, to network: inout ArrivalQueue) {
        if now >= nextNetworkChange {
            isOnline.toggle()
            let range: ClosedRange<Int>
            switch (isOnline, hasPoorNetwork) {
            case (true, false): range = 300...2_400
            case (true, true): range = 30...600
            case (false, false): range = 20...480
            case (false, true): range = 60...1_200
            }
            nextNetworkChange = now + generator.integer(in: range)
            if isOnline { flush(now: now, to: &network) }
        } else if isOnline, buffer.count >= Self.batchSize || (!buffer.isEmpty && now % 60 == 59) {
            flush(now: now, to: &network)
        }
    }

    /// Sends all kept fixes, as a phone at home does.
    mutating func flush(now: Int, to network: inout ArrivalQueue) {
        var batches = stride(from: 0, to: buffer.count, by: Self.batchSize).map { start in
            Array(buffer[start..<min(start + Self.batchSize, buffer.count)])
        }
        buffer.removeAll()
        if sendsLatestFirst { batches.reverse() }
        var due = now * 1_000 + phase
        for var batch in batches {
            if sendsLatestFirst { batch.reverse() }
            due += generator.integer(in: 200...3_000)
            let isSentTwice = generator.chance(0.1)
            let delay = isSentTwice ? generator.integer(in: 5_000...30_000) : 0
            for fix in batch {
                network.insert(Dispatch(fix: fix, due: due, isRepeat: false))
                if isSentTwice { network.insert(Dispatch(fix: fix, due: due + delay, isRepeat: true)) }
            }
        }
    }

    private mutating func keep(_ fix: Fix) {
        if buffer.count >= Self.bufferCapacity { buffer.removeFirst() }
        buffer.append(fix)
    }

    /// Advances the error, a first-order autoregressive (Gauss–Markov) process with a constant deviation.
    private mutating func drift(to now: Int) {
        guard let lastFix else {
            self.lastFix = now
            return
        }
        let kept = Self.power(persistence, now - lastFix)
        let fresh = (1 - kept * kept).squareRoot() * deviation
        error = Point(kept * error.x + fresh * generator.normal(), kept * error.y + fresh * generator.normal())
        self.lastFix = now
    }

    /// A power by squaring, which is the same on every machine, unlike a library's `pow`.
    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
