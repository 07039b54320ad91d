import Geospatial
import Models
import Testing

@testable import Proximity

/// Optimisations of the index must not change answers: each answer is compared with that of a loop over all pairs.
@Suite struct GridIndexTests {
    /// Difficult places: edges of the grid, the antimeridian, the poles and the equator.
    static let places: [(latitude: Int32, longitude: Int32)] = [
        (375_536_300, -1_222_908_830), (0, 0), (0, 1_800_000_000), (515_000_000, -1_800_000_000),
        (900_000_000, 0), (-900_000_000, 77), (899_999_900, 1_799_999_000), (599_999_990, 100),
        (899_440_471, -1_799_999_990), (-899_300_000, 1_799_999_990),
    ]

    @Test(arguments: [0.0, 0.02, 5, 1_000, 10_000], places.indices)
    func agreesWithComparingEveryPair(radius: Double, place: Int) throws {
        var crowd = Crowd(seed: UInt64(place) * 1_000 + UInt64(radius))
        let locations = crowd.locations(250, round: Self.places[place], by: radius * 2)
        let index = GridIndex(locations)
        #expect(index.count == locations.count)
        let window = try #require(
            TimeWindow(start: Crowd.start.advanced(by: 20_000), end: Crowd.start.advanced(by: 190_000))
        )
        let truth = EveryPair(locations, window, radius: radius)
        let metres = try #require(Radius(metres: radius))
        var hits = 0
        for person in Crowd.persons {
            #expect(index.trail(of: person, in: window) == truth.trail(of: person))
            for within in [nil, 0, 3_000_000, 90_000_000_000] as [Int64?] {
                let contacts = try index.contacts(of: person, in: window, radius: metres, within: within)
                let expected = truth.contacts(of: person, within: within)
                #expect(Set(contacts.map(\.location)) == expected)
                #expect(contacts.count == expected.count)
                #expect(
                    try index.contactCount(of: person, in: window, radius: metres, within: within) == expected.count
                )
                #expect(zip(contacts, contacts.dropFirst()).allSatisfy { Contact.isCloser($0, $1) })
                hits += expected.count
            }
        }
        #expect(hits > 100)
    }

    @Test func isTheSameWhateverTheOrderAndHoweverOftenALocationComes() throws {
        var crowd = Crowd(seed: 7)
        let locations = crowd.locations(500, round: Self.places[0], by: 20)
        let whole = GridIndex(locations)
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 300_000)))
        for _ in 0..<5 {
            var index = GridIndex()
            var rest = (locations + locations.prefix(200)).shuffled(using: &crowd.generator)
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(60, rest.count), using: &crowd.generator)
                index = index.adding(Array(rest.prefix(count)))
                rest.removeFirst(count)
            }
            #expect(index.count == whole.count)
            for person in Crowd.persons {
                #expect(index.trail(of: person, in: window) == whole.trail(of: person, in: window))
                let radius = Radius.standard
                #expect(
                    try index.contacts(of: person, in: window, radius: radius)
                        == whole.contacts(of: person, in: window, radius: radius)
                )
            }
            #expect(index.compacted().segmentCount == 3)
        }
    }

    /// A location of person 1 at the start, with a number, a device and a place.
    private func location(_ id: Int64, device: UInt8 = 0, at latitude: Int32 = 1) throws -> Location {
        Location(
            id: try #require(LocationID(rawValue: id)),
            report: LocationReport(
                personID: try #require(PersonID(rawValue: 1)),
                coordinate: try Coordinate(latitude: DegreesE7(rawValue: latitude), longitude: DegreesE7(rawValue: 0)),
                creationTime: Crowd.start,
                device: DeviceNumber(stored: device)
            )
        )
    }

    private func trail(_ index: GridIndex) throws -> [Int64] {
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 1)))
        return index.trail(of: try #require(PersonID(rawValue: 1)), in: window).map(\.id.rawValue)
    }

    @Test func keepsTheFirstOfRepeatedLocations() throws {
        let queued = LocationID.leastQueued
        let together = GridIndex([try location(queued + 2), try location(queued + 1), try location(queued + 3)])
        #expect(try trail(together) == [queued + 1])
        #expect(together.adding([try location(queued + 4)]).count == 1)
        // Legacy rows may repeat and keep their numbers.
        let legacy = GridIndex([try location(5), try location(6), try location(queued + 1)])
        #expect(try trail(legacy).count == 3)
    }

    @Test func keepsOtherDevicesAndPlacesAtTheSameTime() throws {
        let queued = LocationID.leastQueued
        let locations = [
            try location(queued + 5), try location(queued + 2, device: 1), try location(queued + 3, device: 2),
            try location(queued + 4, device: 2, at: 2), try location(queued + 1, device: 2),
            try location(queued + 9, device: 1),
        ]
        let expected = [queued + 1, queued + 2, queued + 4, queued + 5]
        #expect(try trail(GridIndex(locations)) == expected)
        var index = GridIndex()
        for location in locations.sorted(by: { $0.id < $1.id }) { index = index.adding([location]) }
        #expect(try trail(index) == expected)
        #expect(try trail(index.compacted().adding(locations)) == expected)
        #expect(index.compacted().byteCount == GridIndex(locations).byteCount)
    }

    @Test func limitsTheLocationsOfOnePersonAndTime() throws {
        let queued = LocationID.leastQueued
        let locations = try (0..<600).map { try location(queued + Int64($0), at: Int32($0)) }
        let first = (0..<Int64(LocationsByMoment.maximumCount)).map { queued + $0 }
        #expect(try trail(GridIndex(locations)) == first)
        var index = GridIndex()
        for start in stride(from: 0, to: 600, by: 100) {
            index = index.adding(Array(locations[start..<start + 100]))
        }
        #expect(try trail(index) == first)
        #expect(try trail(index.adding(locations)) == first)
    }

    /// Devices take a byte a location, but only in segments that contain a device.
    @Test func countsTheBytesOfDevices() throws {
        let queued = LocationID.leastQueued
        let without = GridIndex([try location(queued), try location(queued + 1, at: 2)])
        let with = GridIndex([try location(queued), try location(queued + 1, device: 1, at: 2)])
        #expect(with.byteCount == without.byteCount + 2)
    }

    /// Heartbeats and faked locations share a byte a location, but only in segments that contain one.
    @Test func countsTheBytesOfMarks() throws {
        let byteCount = { (marks: [(isMock: Bool, isHeartbeat: Bool)]) in
            let locations = try marks.enumerated().map { index, mark in
                let plain = try location(LocationID.leastQueued + Int64(index), at: Int32(index))
                let report = LocationReport(
                    personID: plain.report.personID,
                    coordinate: plain.report.coordinate,
                    creationTime: plain.report.creationTime,
                    isMock: mark.isMock,
                    isHeartbeat: mark.isHeartbeat
                )
                return Location(id: plain.id, report: report)
            }
            return GridIndex(locations).byteCount
        }
        let without = try byteCount([(false, false), (false, false)])
        #expect(try byteCount([(false, true), (false, false)]) == without + 2)
        #expect(try byteCount([(false, true), (true, true)]) == without + 2)
    }

    @Test func erasesAPersonAtOnceAndPermanently() throws {
        var crowd = Crowd(seed: 9)
        let locations = crowd.locations(300, round: Self.places[0], by: 10)
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 300_000)))
        let (gone, other) = (Crowd.persons[0], Crowd.persons[1])
        let left = locations.filter { $0.report.personID != gone }
        let radius = Radius.standard
        for index in [GridIndex(locations).erasing(gone), GridIndex(locations).erasing(gone).compacted()] {
            #expect(index.trail(of: gone, in: window).isEmpty)
            #expect(!index.persons().contains(gone))
            #expect(
                try index.contacts(of: other, in: window, radius: radius)
                    == GridIndex(left).contacts(of: other, in: window, radius: radius)
            )
        }
        #expect(GridIndex(locations).erasing(gone).compacted().count == left.count)
    }

    @Test func removesATimeOfAPerson() throws {
        var crowd = Crowd(seed: 9)
        let locations = crowd.locations(300, round: Self.places[0], by: 10)
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 300_000)))
        let gone = Crowd.persons[0]
        let times = locations.filter { $0.report.personID == gone }.map(\.report.creationTime.microseconds).sorted()
        let part = TimeWindow(microseconds: times[times.count / 3]..<times[2 * times.count / 3])
        let left = locations.filter {
            $0.report.personID != gone || !part.microseconds.contains($0.report.creationTime.microseconds)
        }
        let index = GridIndex(locations).removing(gone, in: part)
        #expect(index.count == left.count)
        #expect(index.trail(of: gone, in: window) == GridIndex(left).trail(of: gone, in: window))
        #expect(index.trail(of: gone, in: part).isEmpty)
        // Locations that arrive later are accepted.
        #expect(index.adding(locations).count == locations.count)
    }

    @Test func keepsRarelyUsedFields() throws {
        var crowd = Crowd(seed: 11)
        let locations = crowd.locations(100, round: Self.places[0], by: 10, givingEverything: true)
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 300_000)))
        let index = GridIndex(locations)
        let truth = EveryPair(locations, window, radius: 0)
        for person in Crowd.persons { #expect(index.trail(of: person, in: window) == truth.trail(of: person)) }
    }

    @Test func takesAtMost24BytesALocation() {
        var crowd = Crowd(seed: 13)
        let locations = crowd.locations(30_000, round: Self.places[0], by: 400)
        let index = GridIndex(locations)
        #expect(Double(index.byteCount) / Double(index.count) <= 24)
    }

    @Test func rejectsLocationsBeforeItsFirstDay() {
        var crowd = Crowd(seed: 15)
        let locations = crowd.locations(300, round: Self.places[0], by: 10)
        let second = CalendarDate(daysSince1970: Crowd.start.day.daysSince1970 + 1)
        let index = GridIndex(locations).dropping(before: second)
        #expect(index.days?.lowerBound == second)
        #expect(index.adding(locations).count == index.count)
        #expect(GridIndex(from: second).adding(locations).count == index.count)
    }
}

extension GridIndex {
    /// Adds a segment that is never merged.
    fileprivate mutating func insertForTest(_ locations: [Location]) {
        for (day, some) in Dictionary(grouping: locations, by: \.report.creationTime.day) {
            insert(some.withUnsafeBufferPointer { Segment($0, of: day) })
        }
    }
}
