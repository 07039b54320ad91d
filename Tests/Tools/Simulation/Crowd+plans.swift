/// How attendees decide what to do next: follow their friends, hear a talk, eat, drink coffee, chat, look at a stand.
extension Crowd {
    /// Whether a follower is still standing after the group has moved on.
    func isLeftBehind(_ index: Int) -> Bool {
        guard let leader = members[index].character.leader, !members[index].isApart,
            members[index].plan.stay == .withLeader
        else { return false }
        return members[index].followed != members[leader].outings
    }

    mutating func nextPlan(for index: Int, at now: Int) -> Plan {
        let character = members[index].character
        guard now < character.departure else { return Plan(spot: venue.entrance, stay: .leaving) }
        members[index].isApart = false
        if let plan = planOfGroup(for: index, at: now) { return plan }
        if let booth = character.booth, generator.chance(0.8) {
            return Plan(
                spot: Venue.Spot(point: point(in: venue.booths[booth].floor), node: venue.booths[booth].node),
                stay: .lasting(generator.integer(in: 900...3_600))
            )
        }
        return planOfTalk(for: index, at: now, interest: character.booth == nil ? 0.6 : 0.1)
            ?? planOfMeal(for: index, at: now)
            ?? planOfStroll(for: index)
            ?? planOfCoffee(for: index, at: now)
            ?? planOfChat(for: index)
            ?? planOfVisit(for: index)
    }

    /// Follows the leader of the group, unless that was tried before or there is no room.
    private mutating func planOfGroup(for index: Int, at now: Int) -> Plan? {
        guard let leader = members[index].character.leader, members[leader].activity != .gone,
            members[leader].activity != .absent, members[index].followed != members[leader].outings
        else { return nil }
        members[index].followed = members[leader].outings
        let plan = members[leader].plan
        members[index].slot = members[leader].slot
        switch plan.seat {
        case nil:
            if plan.stay == .leaving { return plan }
            return Plan(
                spot: beside(plan.spot),
                stay: .withLeader,
                wing: plan.wing,
                stroll: members[leader].walk?.start == Double(now) ? plan.stroll.map { beside($0) } : nil
            )
        case .room(let room, let seat):
            // Some prefer another talk to the friends' company.
            if generator.chance(0.25), let slot = programme.imminentSlot(at: now) {
                members[index].isApart = true
                return planOfTalk(slot: slot, wing: members[index].wing)
            }
            let seats = venue.rooms[room].seats
            guard let free = firstFree(from: seat, of: seats.count, as: { .room(room, seat: $0) }) else { return nil }
            return Plan(spot: seats[free], stay: .withLeader, seat: .room(room, seat: free), wing: plan.wing)
        case .canteen(let seat):
            let seats = venue.wings[plan.wing ?? 0].canteenSeats
            guard
                let free = firstFree(
                    from: seat - seats.lowerBound,
                    of: seats.count,
                    as: { .canteen(seats.lowerBound + $0) }
                )
            else { return nil }
            members[index].hasEaten = true
            return Plan(
                spot: venue.canteenSeats[seats.lowerBound + free],
                stay: .withLeader,
                seat: .canteen(seats.lowerBound + free),
                wing: plan.wing
            )
        }
    }

    private mutating func planOfTalk(for index: Int, at now: Int, interest: Double) -> Plan? {
        guard let slot = programme.imminentSlot(at: now), members[index].slot != slot else { return nil }
        members[index].slot = slot
        guard generator.chance(interest) else { return nil }
        return planOfTalk(slot: slot, wing: chosenWing(for: index))
    }

    /// A free seat in one of a wing's rooms, more likely in a larger one; `nil` if all are full.
    private mutating func planOfTalk(slot: Int, wing: Int) -> Plan? {
        let rooms = venue.wings[wing].rooms
        let first = min(generator.integer(below: rooms.count), generator.integer(below: rooms.count))
        for step in 0..<rooms.count {
            let room = rooms.lowerBound + (first + step) % rooms.count
            let seats = venue.rooms[room].seats
            let wish = generator.integer(below: seats.count)
            guard let seat = firstFree(from: wish, of: seats.count, as: { .room(room, seat: $0) }) else { continue }
            let talk = programme.slots[slot]
            let leavesEarly = generator.chance(0.07)
            let end = talk.end + (leavesEarly ? -generator.integer(in: 300...1_500) : generator.integer(in: 0...60))
            return Plan(spot: seats[seat], stay: .until(end), seat: .room(room, seat: seat), wing: wing)
        }
        return nil
    }

    private mutating func planOfMeal(for index: Int, at now: Int) -> Plan? {
        guard let lunch = programme.lunch, lunch.contains(now), !members[index].hasEaten, generator.chance(0.5) else {
            return nil
        }
        let wing = members[index].wing
        let seats = venue.wings[wing].canteenSeats
        let wish = generator.integer(below: seats.count)
        guard let free = firstFree(from: wish, of: seats.count, as: { .canteen(seats.lowerBound + $0) }) else {
            return nil
        }
        members[index].hasEaten = true
        return Plan(
            spot: venue.canteenSeats[seats.lowerBound + free],
            stay: .lasting(generator.integer(in: 1_200...2_100)),
            seat: .canteen(seats.lowerBound + free),
            wing: wing
        )
    }

    private mutating func planOfCoffee(for index: Int, at now: Int) -> Plan? {
        guard generator.chance(programme.isCoffeeBreak(at: now) ? 0.4 : 0.05) else { return nil }
        let wing = members[index].wing
        guard let table = generator.element(of: venue.wings[wing].tables) else { return nil }
        return Plan(spot: beside(table), stay: .lasting(generator.integer(in: 180...900)), wing: wing)
    }

    /// A place beside another attendee who stands in the same wing.
    private mutating func planOfChat(for index: Int) -> Plan? {
        guard generator.chance(0.15) else { return nil }
        for _ in 0..<8 {
            let other = generator.integer(below: members.count)
            guard other != index, members[other].wing == members[index].wing, members[other].plan.seat == nil,
                case .staying = members[other].activity
            else { continue }
            return Plan(spot: beside(members[other].plan.spot), stay: .lasting(generator.integer(in: 90...480)))
        }
        return nil
    }

    private mutating func planOfVisit(for index: Int) -> Plan {
        let wing = chosenWing(for: index)
        // The smaller of two draws: the first stand attracts twice the average crowd, the last one almost none.
        let count = popularity[wing].count
        let booth = venue.booths[
            popularity[wing][min(generator.integer(below: count), generator.integer(below: count))]
        ]
        let distance = generator.uniform(0.4...1.4) * booth.outward
        let point = booth.front + Point(generator.uniform(-2...2), distance)
        let patience = generator.unit()
        return Plan(
            spot: Venue.Spot(point: point, node: booth.node),
            stay: .lasting(45 + Int(555 * patience * patience)),
            wing: wing
        )
    }

    /// A walk with the friends past some stands, to stop at another one.
    private mutating func planOfStroll(for index: Int) -> Plan? {
        guard guides.contains(index), generator.chance(0.5) else { return nil }
        var plan = planOfVisit(for: index)
        let booths = venue.wings[plan.wing ?? members[index].wing].booths
        plan.stroll = Stroll(
            nodes: (0..<generator.integer(in: 3...8)).map { _ in
                venue.booths[booths.lowerBound + generator.integer(below: booths.count)].node
            },
            speed: generator.uniform(0.7...1.1),
            lane: members[index].character.lane
        )
        return plan
    }

    /// A stroll at the side of a friend, 0.4 to 1 m apart.
    private mutating func beside(_ stroll: Stroll) -> Stroll {
        var stroll = stroll
        let offset = Point(generator.uniform(0.3...0.7), generator.uniform(0.3...0.7))
        stroll.lane =
            stroll.lane
            + Point(generator.chance(0.5) ? offset.x : -offset.x, generator.chance(0.5) ? offset.y : -offset.y)
        return stroll
    }

    /// The wing of an attendee, or sometimes another one.
    private mutating func chosenWing(for index: Int) -> Int {
        venue.wings.count > 1 && generator.chance(0.2)
            ? generator.integer(below: venue.wings.count) : members[index].wing
    }

    /// A place near another, one or two arm's lengths away.
    private mutating func beside(_ spot: Venue.Spot) -> Venue.Spot {
        var offset = Point(generator.uniform(-0.9...0.9), generator.uniform(-0.9...0.9))
        if offset.squaredDistance(to: Point(0, 0)) < 0.25 { offset.x += offset.x < 0 ? -0.6 : 0.6 }
        return Venue.Spot(point: spot.point + offset, node: spot.node)
    }

    private mutating func point(in floor: Rectangle) -> Point {
        Point(
            generator.uniform(floor.origin.x + 0.5...floor.origin.x + floor.width - 0.5),
            generator.uniform(floor.origin.y + 0.5...floor.origin.y + floor.depth - 0.5)
        )
    }

    /// The first free seat, searching cyclically from a given one.
    private func firstFree(from first: Int, of count: Int, as seat: (Int) -> Seat) -> Int? {
        (0..<count).lazy.map { (first + $0) % count }.first { !taken.contains(seat($0)) }
    }
}
