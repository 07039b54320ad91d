/// Finds out who truly meets whom, from everybody's true position in every second.
///
/// Two people are near each other while at most a radius lies between them; times of nearness with a gap of at most
/// ``maximumGap`` seconds between them are one encounter, which counts if it spans at least ``leastDuration`` seconds.
/// Only those who move are looked at, in a grid of squares as wide as the radius: O(movers × people about them) a second.
struct MeetingDetector: Sendable {
    /// An encounter in seconds and metres of the plan.
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

    /// Somebody near, as one of the two sees it.
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
    /// The cell in which each person is counted, −1 for nobody's.
    private var cellOf: [Int]
    private var contacts: [[Contact]]
    /// Encounters that are interrupted, and may go on.
    private var interrupted: [Pair: Encounter] = [:]
    /// Encounters that are over, before anybody has asked for them.
    private var over: [Encounter] = []
    /// Who is near the person that is being looked at, by the look's number, and how near.
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

    /// Takes note of a second.
    mutating func update(with crowd: Crowd, now: Int) {
        for mover in crowd.movers {
            file(mover, into: crowd.isPresent(mover) ? cell(of: crowd.positions[mover]) : -1)
        }
        for mover in crowd.movers { compare(mover, positions: crowd.positions, now: now) }
    }

    /// The encounters that cannot go on any more, in a fixed order; at the event's end, all that are left.
    mutating func finished(at now: Int) -> [Encounter] {
        for (pair, encounter) in interrupted where now - encounter.end > Self.maximumGap {
            interrupted[pair] = nil
            conclude(encounter)
        }
        defer { over.removeAll(keepingCapacity: true) }
        // A dictionary has no order that is the same in every run.
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
        // Each has noted what happened while it moved itself.
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

    /// The square of a point, those outside the building being counted with its edge.
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
