/// The positions and activities of the attendees, second by second.
struct Crowd: Sendable {
    /// The activity of an attendee.
    enum Activity: Equatable, Sendable {
        case absent
        case walking
        /// Until a number of seconds since the event's start.
        case staying(until: Int)
        case gone
    }

    /// A seat for one attendee.
    enum Seat: Hashable, Sendable {
        case room(Int, seat: Int)
        case canteen(Int)
    }

    /// The end of a stay.
    enum Stay: Hashable, Sendable {
        case lasting(Int)
        case until(Int)
        /// Ends when the group's leader leaves.
        case withLeader
        /// The place is the exit.
        case leaving
    }

    /// The next place of an attendee and the stay there.
    struct Plan: Sendable {
        let spot: Venue.Spot
        let stay: Stay
        var seat: Seat?
        var wing: Int?
        var stroll: Stroll?
    }

    /// A walk in company with detours.
    struct Stroll: Sendable {
        /// The places that it passes.
        let nodes: [WalkwayTree.Node]
        /// The speed in metres per second.
        let speed: Double
        /// The offset from the middle of a walkway.
        var lane: Point
    }

    struct Member: Sendable {
        let character: Roster.Entry
        var activity = Activity.absent
        var walk: Walk?
        var plan: Plan
        /// The number of plans so far.
        var outings = 0
        /// The number of the leader's plan that was followed last.
        var followed = 0
        /// Whether the member has left the group for a talk of another room.
        var isApart = false
        var wing = 0
        /// The last slot of talks that was decided on.
        var slot: Int?
        var hasEaten = false
    }

    let venue: Venue
    let programme: Programme
    private let duration: Int
    /// The leaders of groups, if the event has strolls.
    let guides: Set<Int>
    var members: [Member]
    var generator: Xoshiro256
    /// Seats that are taken.
    var taken: Set<Seat> = []
    /// Each wing's stands, the most attractive first.
    let popularity: [[Int]]

    /// The positions of all attendees; the last one of absent ones.
    private(set) var positions: [Point]
    /// The attendees who came, left or moved in the last second.
    private(set) var movers: [Int] = []

    init(
        roster: Roster,
        venue: Venue,
        programme: Programme,
        configuration: SimulationConfiguration,
        generator: Xoshiro256
    ) {
        var generator = generator
        popularity = venue.wings.map { wing in
            var booths = Array(wing.booths)
            generator.shuffle(&booths)
            return booths
        }
        self.venue = venue
        self.programme = programme
        duration = configuration.duration
        guides = configuration.traits.contains(.strolls) ? Set(roster.entries.compactMap(\.leader)) : []
        self.generator = generator
        members = roster.entries.map { Member(character: $0, plan: Plan(spot: venue.entrance, stay: .lasting(0))) }
        positions = [Point](repeating: venue.entrance.point, count: roster.entries.count)
    }

    /// Whether an attendee is in the building.
    func isPresent(_ index: Int) -> Bool {
        switch members[index].activity {
        case .walking, .staying: true
        case .absent, .gone: false
        }
    }

    /// The position of a present attendee at a fraction of a second.
    func position(of index: Int, at time: Double) -> Point {
        members[index].walk?.position(at: time) ?? positions[index]
    }

    /// Advances by a second; at the event's end all attendees leave.
    mutating func advance(to now: Int) {
        movers.removeAll(keepingCapacity: true)
        for index in members.indices {
            switch members[index].activity {
            case .gone: continue
            case .absent:
                guard now >= members[index].character.arrival, now < duration else { continue }
                movers.append(index)
                setOut(index, at: now)
            case .walking:
                movers.append(index)
                walk(index, to: now)
            case .staying(let end):
                if now >= duration {
                    movers.append(index)
                    leave(index)
                } else if now >= end || isLeftBehind(index) {
                    setOut(index, at: now)
                }
            }
        }
    }

    private mutating func walk(_ index: Int, to now: Int) {
        guard let walk = members[index].walk, now < duration else { return leave(index) }
        positions[index] = walk.position(at: Double(now))
        guard walk.end <= Double(now) else { return }
        members[index].walk = nil
        switch members[index].plan.stay {
        case .leaving: leave(index)
        case .lasting(let seconds): members[index].activity = .staying(until: now + seconds)
        case .until(let time): members[index].activity = .staying(until: time)
        case .withLeader: members[index].activity = .staying(until: .max)
        }
    }

    private mutating func leave(_ index: Int) {
        if let seat = members[index].plan.seat { taken.remove(seat) }
        members[index].activity = .gone
        members[index].walk = nil
    }

    private mutating func setOut(_ index: Int, at now: Int) {
        let here = members[index].plan.spot
        if let seat = members[index].plan.seat { taken.remove(seat) }
        members[index].plan.seat = nil
        let plan = nextPlan(for: index, at: now)
        if let seat = plan.seat { taken.insert(seat) }

        let lane = plan.stroll?.lane ?? members[index].character.lane
        var route: [Point] = []
        var node = here.node
        for next in (plan.stroll?.nodes ?? []) + [plan.spot.node] {
            route += venue.walkways.route(from: node, to: next).map { $0 + lane }
            node = next
        }
        members[index].walk = Walk(
            along: [here.point] + route + [plan.spot.point],
            speed: plan.stroll?.speed ?? members[index].character.speed,
            start: Double(now)
        )
        members[index].plan = plan
        members[index].wing = plan.wing ?? members[index].wing
        members[index].outings += 1
        members[index].activity = .walking
    }
}
