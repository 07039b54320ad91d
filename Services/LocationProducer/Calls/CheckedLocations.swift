import GRPCServer
import LocationProtocol
import Models

/// Locations of a batch or of a piece of a stream: those that are valid, and what is wrong with the others.
struct CheckedLocations: Sendable {
    /// A location that is not valid.
    struct Rejection: Sendable {
        /// Its position.
        let position: Int64
        /// What is wrong.
        let errors: FieldErrors
    }

    /// The most locations of a message.
    static let maximumCount = 10_000

    /// A message has more.
    static let tooMany = RPCError(
        .invalidArgument,
        "A message has at most \(maximumCount) locations; send several."
    )

    /// What is valid, in order.
    private(set) var reports: [LocationReport] = []
    /// Their positions.
    private var positions: [Int64] = []
    /// What is not, in order.
    private(set) var rejections: [Rejection] = []
    /// The position of the last one, 0 before there is any.
    private(set) var lastPosition: Int64 = 0

    /// How many there are.
    var count: Int { reports.count + rejections.count }
    /// About the bytes that they take until the queue has them.
    var memory: Int { count * 128 }

    /// Adds locations that have consecutive positions.
    ///
    /// - Throws: an error that refuses them all, if there are too many.
    mutating func add(_ locations: [ReportedLocation], position: Int64, now: Timestamp) throws(RPCError) {
        guard locations.count <= Self.maximumCount else { throw Self.tooMany }
        reports.reserveCapacity(reports.count + locations.count)
        var next = position
        for location in locations {
            do {
                reports.append(try location.report(now: now))
                positions.append(next)
            } catch {
                rejections.append(Rejection(position: next, errors: error))
            }
            lastPosition = next
            next += 1
        }
    }

    /// Makes the valid locations of persons who do not exist locations that are not valid; returns how many there were.
    mutating func reject(_ unknown: Set<PersonID>) -> Int {
        let all = zip(positions, reports)
        let rejected = all.filter { unknown.contains($0.1.personID) }
        let kept = all.filter { !unknown.contains($0.1.personID) }
        (positions, reports) = (kept.map { $0.0 }, kept.map { $0.1 })
        rejections += rejected.map { Rejection(position: $0.0, errors: .unknownPerson) }
        rejections.sort { $0.position < $1.position }
        return rejected.count
    }

    /// Adds what came behind.
    mutating func add(_ other: CheckedLocations) {
        reports += other.reports
        positions += other.positions
        rejections += other.rejections
        lastPosition = max(lastPosition, other.lastPosition)
    }
}
