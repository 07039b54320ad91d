/// Shares the attempts of a sender among endpoints, so that slow ones cannot take all.
///
/// An endpoint gets many attempts at a time only while its answers are fast. All others together get half of the
/// attempts at most.
struct EndpointShares {
    /// How many attempts an endpoint gets with fast answers, and with other ones.
    static let (fastShare, slowShare) = (64, 2)
    /// The longest time of a fast answer.
    static let fastTime = Duration.seconds(1)

    private let maximum: Int
    private var inProgress: [String: Int] = [:]
    private var slowInProgress = 0
    private(set) var fast: Set<String> = []

    /// - Parameter maximum: how many attempts are in progress at most.
    init(maximum: Int) {
        self.maximum = maximum
    }

    /// How many attempts may begin.
    var free: Int { maximum - inProgress.values.reduce(0, +) }

    /// How many attempts may begin at endpoints without fast answers.
    var freeForSlow: Int { max((maximum + 1) / 2 - slowInProgress, 0) }

    /// The endpoints at which no attempt may begin.
    var full: [String] {
        inProgress.filter { $0.value >= (fast.contains($0.key) ? Self.fastShare : Self.slowShare) }.map(\.key)
    }

    /// Counts an attempt that begins.
    mutating func begin(_ endpoint: String) {
        inProgress[endpoint, default: 0] += 1
        if !fast.contains(endpoint) { slowInProgress += 1 }
    }

    /// Counts the end of an attempt.
    ///
    /// - Parameters:
    ///   - endpoint: the endpoint.
    ///   - duration: how long its answer took; `nil` without one.
    mutating func end(_ endpoint: String, after duration: Duration?) {
        guard let count = inProgress[endpoint] else { return }
        let wasFast = fast.contains(endpoint)
        if !wasFast { slowInProgress -= 1 }
        inProgress[endpoint] = count > 1 ? count - 1 : nil
        let isFast = duration.map { $0 <= Self.fastTime } ?? false
        guard isFast != wasFast else { return }
        if isFast { fast.insert(endpoint) } else { fast.remove(endpoint) }
        slowInProgress += (isFast ? -1 : 1) * (count - 1)
    }
}
