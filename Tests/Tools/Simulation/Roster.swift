/// The attendees, their groups, and their times of arrival.
struct Roster: Sendable {
    /// The character of one attendee.
    struct Entry: Sendable {
        let attendee: Attendee
        /// The leader of the attendee's group, its first member; `nil` for the leader.
        let leader: Int?
        /// The stand where the attendee works, if any.
        let booth: Int?
        /// The arrival, in seconds since the event's start.
        let arrival: Int
        /// When the attendee heads for the exit, in seconds since the event's start.
        let departure: Int
        /// The speed in metres per second.
        let speed: Double
        /// The attendee's offset from the middle of a walkway.
        let lane: Point
    }

    let entries: [Entry]
    /// The exhibitor of each stand that has one.
    let exhibitors: [Int: String]

    /// A random crowd.
    init(count: Int, duration: Int, venue: Venue, generator: inout Xoshiro256) {
        var companies = Names.companyFirst.flatMap { first in Names.companySecond.map { "\(first) \($0)" } }
        generator.shuffle(&companies)
        var booths = Array(venue.booths.indices)
        generator.shuffle(&booths)

        var entries: [Entry] = []
        var exhibitors: [Int: String] = [:]
        while entries.count < count {
            let booth = generator.chance(0.1) ? booths.popLast() : nil
            let size = booth != nil ? 2 : Self.groupSize(&generator)
            let company = generator.element(of: companies) ?? ""
            let leader = entries.count
            let arrival = generator.integer(in: 0...(booth != nil ? 60 : min(2_400, duration / 4)))
            let early = booth != nil ? 0 : generator.integer(in: 0...min(3_600, duration / 6))
            let speed = generator.uniform(1.2...1.5)
            for member in 0..<min(size, count - leader) {
                let sharesCompany = member == 0 || booth != nil || generator.chance(0.6)
                entries.append(
                    Entry(
                        attendee: Attendee(
                            firstName: generator.element(of: Names.first) ?? "",
                            lastName: generator.element(of: Names.last) ?? "",
                            companyName: sharesCompany ? company : generator.element(of: companies) ?? ""
                        ),
                        // Colleagues at a stand take turns rather than go about together.
                        leader: member == 0 || booth != nil ? nil : leader,
                        booth: booth,
                        arrival: arrival + member,
                        departure: max(arrival + member + 1, duration - 300 - early),
                        speed: speed,
                        lane: Point(generator.uniform(-0.7...0.7), generator.uniform(-0.7...0.7))
                    )
                )
            }
            if let booth { exhibitors[booth] = company }
        }
        self.entries = entries
        self.exhibitors = exhibitors
    }

    private static func groupSize(_ generator: inout Xoshiro256) -> Int {
        switch generator.unit() {
        case ..<0.60: 1
        case ..<0.80: 2
        case ..<0.90: 3
        case ..<0.96: 4
        default: 5
        }
    }
}
