extension Venue {
    /// The building for a number of attendees.
    package init(attendees: Int) {
        let middle = (Self.foyer.from + Self.foyer.to) / 2
        walkways = WalkwayTree(root: Point(0, middle))
        var spine = WalkwayTree.root
        let count = max(1, (attendees + Self.attendeesPerWing - 1) / Self.attendeesPerWing)
        for index in 0..<count {
            let west = Double(index) * Self.wingWidth
            var doors: [Double: WalkwayTree.Node] = [:]
            for x in Self.doors {
                spine = walkways.add(Point(west + x, middle), from: spine)
                doors[x] = spine
            }
            addWing(west: west) { x in doors[x] ?? WalkwayTree.root }
        }
    }

    /// Where doors open on the foyer, metres from a wing's western wall: four rooms south of it, hall and café north.
    private static let doors = [15.0, 35, 42.5, 67.5, 85, 90]
    private static let roomPlans: [(door: Double, width: Double, columns: Int, rows: Int)] = [
        (15, 30, 12, 9), (42.5, 25, 10, 8), (67.5, 25, 10, 6), (90, 20, 8, 5),
    ]
    private static let aisles = [34.0, 46, 58, 70, 82]
    private static let boothSize = (width: 5.0, depth: 4.0)

    private mutating func addWing(west: Double, door: (Double) -> WalkwayTree.Node) {
        let firstRoom = rooms.count
        for plan in Self.roomPlans { addRoom(plan, west: west, foyer: door(plan.door)) }

        let hall = Rectangle(origin: Point(west, Self.foyer.to), width: 70, depth: 60)
        let firstBooth = booths.count
        var aisle = walkways.add(Point(west + 35, Self.foyer.to), from: door(35))
        for y in Self.aisles {
            aisle = walkways.add(Point(west + 35, y), from: aisle)
            addBooths(along: y, from: aisle, columns: [29.5, 24.5, 19.5, 14.5, 9.5, 4.5].map { west + $0 })
            addBooths(along: y, from: aisle, columns: [40.5, 45.5, 50.5, 55.5, 60.5, 65.5].map { west + $0 })
        }

        let cafe = Rectangle(origin: Point(west + 70, Self.foyer.to), width: 30, depth: 25)
        let cafeDoor = walkways.add(Point(west + 85, Self.foyer.to), from: door(85))
        var tables: [Spot] = []
        for row in 0..<3 {
            for column in 0..<5 {
                let point = Point(west + 74 + Double(column) * 5.5, 37 + Double(row) * 6)
                tables.append(Spot(point: point, node: cafeDoor))
            }
        }

        let canteen = Rectangle(origin: Point(west + 70, 55), width: 30, depth: 35)
        let canteenDoor = walkways.add(Point(west + 85, 55), from: cafeDoor)
        let firstSeat = canteenSeats.count
        for row in 0..<6 {
            for column in 0..<4 {
                let table = Point(west + 73 + Double(column) * 7, 60 + Double(row) * 5)
                for seat in 0..<8 {
                    let point = table + Point(Double(seat / 2) * 0.8, seat % 2 == 0 ? 0 : 1.4)
                    canteenSeats.append(Spot(point: point, node: canteenDoor))
                }
            }
        }

        wings.append(
            Wing(
                hall: hall,
                booths: firstBooth..<booths.count,
                rooms: firstRoom..<rooms.count,
                cafe: cafe,
                tables: tables,
                canteen: canteen,
                canteenSeats: firstSeat..<canteenSeats.count
            )
        )
    }

    private mutating func addRoom(
        _ plan: (door: Double, width: Double, columns: Int, rows: Int),
        west: Double,
        foyer: WalkwayTree.Node
    ) {
        let depth = 20.0
        let floor = Rectangle(
            origin: Point(west + plan.door - plan.width / 2, Self.foyer.from - depth),
            width: plan.width,
            depth: depth
        )
        let door = walkways.add(Point(west + plan.door, Self.foyer.from - 1), from: foyer)
        var seats: [Spot] = []
        // Rows of seats a metre apart, from the stage in the south towards the door.
        for row in 0..<plan.rows {
            for column in 0..<plan.columns {
                let x = floor.center.x + Double(column) - Double(plan.columns - 1) / 2
                seats.append(Spot(point: Point(x, floor.origin.y + 6 + Double(row) * 1.1), node: door))
            }
        }
        rooms.append(Room(floor: floor, seats: seats))
    }

    /// Sets stands on both sides of an aisle, or on its northern side if it runs along the hall's southern wall.
    private mutating func addBooths(along y: Double, from crossing: WalkwayTree.Node, columns: [Double]) {
        var node = crossing
        for x in columns {
            node = walkways.add(Point(x, y), from: node)
            for outward in y == Self.aisles.first ? [-1.0] : [-1.0, 1.0] {
                let front = Point(x, y - outward * 2)
                let south = outward < 0 ? front.y : front.y - Self.boothSize.depth
                let floor = Rectangle(
                    origin: Point(x - Self.boothSize.width / 2, south),
                    width: Self.boothSize.width,
                    depth: Self.boothSize.depth
                )
                booths.append(Booth(floor: floor, front: front, outward: outward, node: node))
            }
        }
    }
}
