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
    private var (total, slowInProgress) = (0, 0)
    private(set) var fast: Set<String> = []

    /// - Parameter maximum: how many attempts are in progress at most.
    init(maximum: Int) {
        self.maximum = maximum
    }

    /// How many attempts may begin.
    var free: Int { maximum - total }

    /// How many attempts may begin at endpoints without fast answers.
    var freeForSlow: Int { max((maximum + 1) / 2 - slowInProgress, 0) }

    /// The endpoints at which no attempt may begin.
    var full: [String] {
        inProgress.filter { $0.value >= (fast.contains($0.key) ? Self.fastShare : Self.slowShare) }.map(\.key)
    }

    /// The endpoints with fast answers at which as many attempts may begin.
    func fast(withRoomFor count: Int) -> [String] {
        fast.filter { inProgress[$0, default: 0] + count <= Self.fastShare }.sorted()
    }

    /// Counts attempts that begin.
    mutating func begin(_ endpoint: String, _ count: Int = 1) {
        inProgress[endpoint, default: 0] += count
        total += count
        if !fast.contains(endpoint) { slowInProgress += count }
    }

    /// Counts the end of an attempt.
    ///
    /// - Parameters:
    ///   - endpoint: the endpoint.
    ///   - duration: how long its answer took; `nil` without one.
    mutating func end(_ endpoint: String, after duration: Duration?) {
        guard let count = inProgress[endpoint] else { return }
        total -= 1
        let wasFast = fast.contains(endpoint)
        if !wasFast { slowInProgress -= 1 }
        inProgress[endpoint] = count > 1 ? count - 1 : nil
        let isFast = duration.map { $0 <= Self.fastTime } ?? false
        guard isFast != wasFast else { return }
        if isFast { fast.insert(endpoint) } else { fast.remove(endpoint) }
        slowInProgress += (isFast ? -1 : 1) * (count - 1)
    }
}
