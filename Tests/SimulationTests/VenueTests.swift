import Geospatial
import JSON
import Simulation
import Testing

@Suite struct VenueTests {
    @Test(arguments: [Point(0, 0), Point(100, 0), Point(0, 92), Point(100, 92), Point(400, 300)])
    func liesOnTheEllipsoidToScale(point: Point) throws {
        let corner = try Site.coordinate(of: Point(0, 0))
        let place = try Site.coordinate(of: point)
        #expect(abs(Geodesic.distance(from: corner, to: place) - point.distance(to: Point(0, 0))) < 0.03)
    }

    @Test func refusesPointsOffTheEarth() {
        #expect(throws: CoordinateError.latitudeOutOfRange) { try Site.coordinate(of: Point(0, 1e7)) }
        #expect(throws: CoordinateError.longitudeOutOfRange) { try Site.coordinate(of: Point(-1e9, 0)) }
    }

    @Test func keepsItsPartsApart() {
        let venue = Venue(attendees: 1_200)
        #expect(venue.wings.count == 3)
        let booths = venue.booths.map(\.floor)
        for (index, booth) in booths.enumerated() {
            #expect(venue.wings.contains { $0.hall.contains(booth.origin) && $0.hall.contains(booth.corners[2]) })
            for other in booths[(index + 1)...] { #expect(!Self.overlap(booth, other)) }
        }
        for room in venue.rooms {
            for seat in room.seats { #expect(room.floor.contains(seat.point)) }
        }
        for wing in venue.wings {
            for table in wing.tables { #expect(wing.cafe.contains(table.point)) }
            for seat in wing.canteenSeats { #expect(wing.canteen.contains(venue.canteenSeats[seat].point)) }
        }
    }

    @Test func leadsFromAnywhereToAnywhereWithoutCrossingAStand() {
        let venue = Venue(attendees: 600)
        let nodes = venue.walkways.points.indices
        for start in nodes {
            for end in [0, nodes.count / 3, nodes.count - 1] {
                let route = venue.walkways.route(from: start, to: end)
                #expect(route.first == venue.walkways.points[start])
                #expect(route.last == venue.walkways.points[end])
                for (from, to) in zip(route, route.dropFirst()) {
                    let middle = Point((from.x + to.x) / 2, (from.y + to.y) / 2)
                    #expect(!venue.booths.contains { $0.floor.contains(middle) })
                }
            }
        }
    }

    @Test func isDrawnAsGeoJSON() throws {
        let simulator = EventSimulator(SimulationConfiguration(attendees: 300, duration: 60))
        var writer = JSONWriter()
        try simulator.writeMap(to: &writer)
        var reader = JSONReader(writer.bytes)
        var kinds: [String: Int] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "features" else {
                #expect(try reader.readString() == "FeatureCollection")
                continue
            }
            try reader.beginArray()
            while try reader.nextElement() {
                try reader.beginObject()
                while let key = try reader.nextKey() {
                    switch key {
                    case "properties":
                        try reader.beginObject()
                        while let key = try reader.nextKey() {
                            if key == "kind" {
                                kinds[try reader.readString(), default: 0] += 1
                            } else {
                                try reader.skipValue()
                            }
                        }
                    case "geometry":
                        let ring = try Self.ring(from: &reader)
                        #expect(ring.count == 5)
                        #expect(ring.first == ring.last)
                    default: try reader.skipValue()
                    }
                }
            }
        }
        try reader.finish()
        #expect(kinds == ["building": 1, "hall": 1, "room": 4, "cafe": 1, "canteen": 1, "booth": 108])
    }

    private static func ring(from reader: inout JSONReader) throws -> [[Double]] {
        var ring: [[Double]] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "coordinates" else {
                #expect(try reader.readString() == "Polygon")
                continue
            }
            try reader.beginArray()
            while try reader.nextElement() {
                try reader.beginArray()
                while try reader.nextElement() {
                    var position: [Double] = []
                    try reader.beginArray()
                    while try reader.nextElement() { position.append(try reader.readDouble()) }
                    ring.append(position)
                }
            }
        }
        return ring
    }

    private static func overlap(_ one: Rectangle, _ other: Rectangle) -> Bool {
        one.origin.x < other.origin.x + other.width && other.origin.x < one.origin.x + one.width
            && one.origin.y < other.origin.y + other.depth && other.origin.y < one.origin.y + one.depth
    }
}
