/// Who comes to the event, in whose company, and when.
struct Roster: Sendable {
    /// What one attendee brings along.
    struct Entry: Sendable {
        let attendee: Attendee
        /// Whom the attendee goes about with: the index of the group's first member, `nil` for that one.
        let leader: Int?
        /// The stand where the attendee works, if any.
        let booth: Int?
        /// Seconds since the event's start at which the attendee comes in.
        let arrival: Int
        /// Seconds since the event's start at which the attendee makes for the exit.
        let departure: Int
        /// In metres per second.
        let speed: Double
        /// How far from the middle of a walkway the attendee walks.
        let lane: Point
    }

    let entries: [Entry]
    /// The exhibitor of each stand that has one.
    let exhibitors: [Int: String]

    /// Draws a crowd.
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
