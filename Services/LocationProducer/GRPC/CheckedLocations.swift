import GRPCServer
import LocationProtocol
import Models

/// The locations of a batch or of a part of a stream: the valid ones, and the errors of the others.
struct CheckedLocations: Sendable {
    /// An invalid location.
    struct Rejection: Sendable {
        /// Its position.
        let position: Int64
        /// Its errors.
        let errors: FieldErrors
    }

    /// The maximum number of locations per message.
    static let maximumCount = 10_000

    /// The message has more locations.
    static let tooMany = RPCError(
        .invalidArgument,
        "A message has at most \(maximumCount) locations; send several."
    )

    /// The valid locations, in order.
    private(set) var reports: [LocationReport] = []
    /// Their positions.
    private var positions: [Int64] = []
    /// The invalid locations, in order.
    private(set) var rejections: [Rejection] = []
    /// The position of the last location; 0 if there is none.
    private(set) var lastPosition: Int64 = 0

    /// The number of all locations.
    var count: Int { reports.count + rejections.count }
    /// About the bytes that the locations take until the queue has them.
    var memory: Int { count * 128 }

    /// Checks and adds locations with consecutive positions.
    ///
    /// - Throws: an error that rejects all of them, if there are too many.
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

    /// Notes the device that reported the valid locations.
    mutating func note(_ device: DeviceNumber) {
        guard device != .none else { return }
        for index in reports.indices { reports[index].device = device }
    }

    /// Rejects the locations of some persons; returns how many of them were of unknown ones.
    mutating func reject(_ refusals: [PersonID: PersonRefusal]) -> Int {
        let all = zip(positions, reports)
        let kept = all.filter { refusals[$0.1.personID] == nil }
        let rejected = all.compactMap { position, report in
            refusals[report.personID].map { (position: position, refusal: $0) }
        }
        (positions, reports) = (kept.map { $0.0 }, kept.map { $0.1 })
        rejections += rejected.map { Rejection(position: $0.position, errors: $0.refusal.errors) }
        rejections.sort { $0.position < $1.position }
        return rejected.count { $0.refusal == .unknown }
    }

    /// Adds the locations of the next message.
    mutating func add(_ other: CheckedLocations) {
        reports += other.reports
        positions += other.positions
        rejections += other.rejections
        lastPosition = max(lastPosition, other.lastPosition)
    }
}
