/// Finds the true meetings from the true positions in every second.
///
/// Two attendees are near each other if their distance is at most the radius. Intervals of nearness with gaps of at
/// most ``maximumGap`` seconds are one meeting, which counts if it lasts at least ``leastDuration`` seconds. Only
/// moving attendees are checked, in a grid of squares as wide as the radius: O(movers × their neighbours) per second.
struct MeetingDetector: Sendable {
    /// A meeting in seconds and metres of the plan.
    struct Encounter: Hashable, Sendable {
        let first: Int
        let second: Int
        let start: Int
        let end: Int
        let closestSquared: Double
        let place: Point
    }

    static let maximumGap = 60
    static let leastDuration = 60

    private struct Pair: Hashable {
        let first: Int
        let second: Int

        init(_ one: Int, _ other: Int) {
            first = min(one, other)
            second = max(one, other)
        }
    }

    /// A near attendee, from the view of one of the two.
    private struct Contact {
        var other: Int
        var start: Int
        var closestSquared: Double
        var place: Point
    }

    private let radiusSquared: Double
    private let cellWidth: Double
    private let columns: Int
    private var cells: [[Int]]
    /// The cell of each attendee; −1 outside the building.
    private var cellOf: [Int]
    private var contacts: [[Contact]]
    /// Interrupted meetings, which may continue.
    private var interrupted: [Pair: Encounter] = [:]
    /// Finished meetings that have not been returned yet.
    private var over: [Encounter] = []
    /// For each attendee, the number of the last check that found them near, and the squared distance.
    private var looks: [(number: Int, squaredDistance: Double)]
    private var look = 0
    private var near: [Int] = []

    init(people: Int, floor: Rectangle, radius: Double) {
        radiusSquared = radius * radius
        cellWidth = max(radius, 0.5)
        columns = Int(floor.width / cellWidth) + 3
        cells = [[Int]](repeating: [], count: columns * (Int(floor.depth / cellWidth) + 3))
        cellOf = [Int](repeating: -1, count: people)
        contacts = [[Contact]](repeating: [], count: people)
        looks = [(number: Int, squaredDistance: Double)](repeating: (0, 0), count: people)
    }

    /// Updates the meetings by one second.
    mutating func update(with crowd: Crowd, now: Int) {
        for mover in crowd.movers {
            file(mover, into: crowd.isPresent(mover) ? cell(of: crowd.positions[mover]) : -1)
        }
        for mover in crowd.movers { compare(mover, positions: crowd.positions, now: now) }
    }

    /// Removes and returns the meetings that cannot continue, in a fixed order; at the event's end, all of them.
    mutating func finished(at now: Int) -> [Encounter] {
        for (pair, encounter) in interrupted where now - encounter.end > Self.maximumGap {
            interrupted[pair] = nil
            conclude(encounter)
        }
        defer { over.removeAll(keepingCapacity: true) }
        // The order of a dictionary differs between runs.
        return over.sorted { ($0.end, $0.first, $0.second, $0.start) < ($1.end, $1.first, $1.second, $1.start) }
    }

    private mutating func conclude(_ encounter: Encounter) {
        if encounter.end - encounter.start >= Self.leastDuration { over.append(encounter) }
    }

    private mutating func compare(_ mover: Int, positions: [Point], now: Int) {
        look += 1
        near.removeAll(keepingCapacity: true)
        let here = positions[mover]
        if cellOf[mover] >= 0 {
            for row in -1...1 {
                for column in -1...1 {
                    for other in cells[cellOf[mover] + row * columns + column] where other != mover {
                        let squaredDistance = here.squaredDistance(to: positions[other])
                        guard squaredDistance <= radiusSquared else { continue }
                        looks[other] = (look, squaredDistance)
                        near.append(other)
                    }
                }
            }
        }
        for index in contacts[mover].indices.reversed() {
            let other = contacts[mover][index].other
            guard looks[other].number == look else {
                end(mover, index, now: now)
                continue
            }
            if looks[other].squaredDistance < contacts[mover][index].closestSquared {
                contacts[mover][index].closestSquared = looks[other].squaredDistance
                contacts[mover][index].place = Self.middle(here, positions[other])
            }
            looks[other].number = 0
        }
        for other in near where looks[other].number == look {
            begin(mover, other, squaredDistance: looks[other].squaredDistance, positions: positions, now: now)
        }
    }

    private mutating func begin(_ one: Int, _ other: Int, squaredDistance: Double, positions: [Point], now: Int) {
        var contact = Contact(
            other: other,
            start: now,
            closestSquared: squaredDistance,
            place: Self.middle(positions[one], positions[other])
        )
        if let earlier = interrupted.removeValue(forKey: Pair(one, other)) {
            if now - earlier.end <= Self.maximumGap {
                contact.start = earlier.start
                if earlier.closestSquared <= squaredDistance {
                    contact.closestSquared = earlier.closestSquared
                    contact.place = earlier.place
                }
            } else {
                conclude(earlier)
            }
        }
        contacts[one].append(contact)
        contact.other = one
        contacts[other].append(contact)
    }

    private mutating func end(_ one: Int, _ index: Int, now: Int) {
        let mine = contacts[one].remove(at: index)
        guard let mirror = contacts[mine.other].firstIndex(where: { $0.other == one }) else { return }
        let theirs = contacts[mine.other].remove(at: mirror)
        // Each has recorded only its own movements.
        let closest = mine.closestSquared <= theirs.closestSquared ? mine : theirs
        let pair = Pair(one, mine.other)
        interrupted[pair] = Encounter(
            first: pair.first,
            second: pair.second,
            start: mine.start,
            end: now - 1,
            closestSquared: closest.closestSquared,
            place: closest.place
        )
    }

    private mutating func file(_ person: Int, into cell: Int) {
        let old = cellOf[person]
        guard old != cell else { return }
        if old >= 0, let index = cells[old].firstIndex(of: person) {
            cells[old].swapAt(index, cells[old].count - 1)
            cells[old].removeLast()
        }
        if cell >= 0 { cells[cell].append(person) }
        cellOf[person] = cell
    }

    /// The cell of a point; a point outside the building belongs to the edge.
    private func cell(of point: Point) -> Int {
        let rows = cells.count / columns
        let column = min(max(Int((point.x / cellWidth).rounded(.down)) + 1, 1), columns - 2)
        let row = min(max(Int((point.y / cellWidth).rounded(.down)) + 1, 1), rows - 2)
        return row * columns + column
    }

    private static func middle(_ one: Point, _ other: Point) -> Point {
        Point((one.x + other.x) / 2, (one.y + other.y) / 2)
    }
}
