import Geospatial
import Models
import Proximity
import Testing

@Suite struct EncounterFoldTests {
    @Test func joinsWhatIsSeenOfTwoPeopleWhoSitTogether() throws {
        let together = try (0...30).flatMap {
            [try located(1, at: Double($0) * 10), try located(2, at: Double($0) * 10, east: 3)]
        }
        let met = encounters(of: together, rule: try rule(within: 0))
        let meeting = try #require(met.first)
        #expect(met.count == 1)
        #expect(meeting.persons == PersonPair(try person(2), try person(1)))
        #expect(meeting.startSeconds == 0)
        #expect(meeting.endSeconds == 300)
        #expect(meeting.duration == 300_000_000)
        #expect(meeting.samples == 31)
        #expect(abs(meeting.closestDistance - 3) < 0.01)
        #expect(meeting.certainty == 1)
        // Two people 10 s apart in their readings were not seen for 10 s at a time: that is not time together.
        #expect(meeting.significance == 1)
        #expect(encounters(of: together).first?.significance == 301)
    }

    @Test func isAMomentIfOnePairIsAllThereIs() throws {
        let met = encounters(of: [try located(1, at: 0), try located(2, at: 50, north: 4)])
        let meeting = try #require(met.first)
        #expect(met.count == 1)
        #expect(meeting.startSeconds == 50)
        #expect(meeting.duration == 0)
        #expect(meeting.samples == 1)
        #expect(meeting.significance == 1)
        #expect(encounters(of: [try located(1, at: 0), try located(1, at: 0, north: 1)]).isEmpty)
        #expect(encounters(of: []).isEmpty)
    }

    /// Whoever sits there all day has not met a passer-by before they came, nor after they left.
    @Test func lastsWhileBothWereSeen() throws {
        let sitting = try (-600...600).map { try located(1, at: Double($0)) }
        let passing = try (0...20).map { try located(2, at: Double($0), east: Double($0) / 10) }
        let met = encounters(of: sitting + passing)
        #expect(met.map(\.startSeconds) == [0])
        #expect(met.map(\.endSeconds) == [20])
    }

    @Test(arguments: [(299.0, 1), (300, 1), (300.001, 2), (3_600, 2)])
    func bridgesAGapUpToItsLength(seconds: Double, count: Int) throws {
        let met = encounters(of: [
            try located(1, at: 0), try located(2, at: 0), try located(1, at: seconds), try located(2, at: seconds),
        ])
        #expect(met.count == count)
        #expect(met.last?.endSeconds == seconds)
        // Of the gap, a minute counts: as long as two locations of a pair may lie apart.
        #expect(met.first?.significance == (count == 1 ? 61 : 1))
    }

    @Test func measuresAGapFromTheLatestLocation() throws {
        // From 50 to 350, although the first pair begins at 0.
        let locations = [
            try located(1, at: 0), try located(2, at: 50), try located(1, at: 350), try located(2, at: 350),
        ]
        #expect(encounters(of: locations).count == 1)
        #expect(encounters(of: locations, rule: try rule(gap: 299)).count == 2)
    }

    /// Who has come within 5 m has to go beyond 7.5 m to leave; who only comes within 7.5 m has not come.
    @Test(arguments: [
        ([4.9], 1, 1), ([6.0], 0, 0), ([6, 6, 6], 0, 0), ([4.9, 6, 7.4, 7.6], 1, 3), ([6, 4.9, 6], 1, 2),
        ([7.4, 7.4, 4, 7.4, 9, 7.4], 1, 3), ([9, 9], 0, 0),
    ])
    func entersAtTheRadiusAndLeavesBeyondHalfAsMuchAgain(distances: [Double], count: Int, samples: Int) throws {
        let locations = try distances.enumerated().flatMap {
            [try located(1, at: Double($0) * 10), try located(2, at: Double($0) * 10, north: $1)]
        }
        let met = encounters(of: locations, rule: try rule(within: 0))
        #expect(met.count == count)
        #expect(met.first?.samples ?? 0 == samples)
    }

    @Test func takesBothRadiiThemselvesForWithin() throws {
        for step in 0..<100 {
            let one = try located(1, at: 0)
            let other = try located(2, at: 0, north: Double(step), east: 3.3)
            let distance = Geodesic.distance(from: one.report.coordinate, to: other.report.coordinate)
            #expect(encounters(of: [one, other], rule: try rule(radius: distance)).count == 1)
            #expect(encounters(of: [one, other], rule: try rule(radius: distance.nextDown)).isEmpty)

            let near = [try located(1, at: 10, north: Double(step)), try located(2, at: 10, north: Double(step))]
            let leaving = try rule(radius: (distance / 1.5).nextUp, within: 0)
            let left = try rule(radius: distance / 1.5 * (1 - 1e-12), within: 0)
            let earlier = [try located(1, at: 5), try located(2, at: 5)]
            #expect(encounters(of: earlier + near + [one, other], rule: leaving).map(\.samples) == [2])
            let later = [try moved(one, by: 20), try moved(other, by: 20)]
            #expect(encounters(of: near + later, rule: leaving).map(\.samples) == [2])
            #expect(encounters(of: near + later, rule: left).map(\.samples) == [1])
        }
    }

    /// An engine's distances are approximate; whether a pair enters is not.
    @Test func decidesTheEntryByTheGeodesic() throws {
        let (one, other) = (try located(1, at: 0), try located(2, at: 0, north: 5))
        let distance = Geodesic.distance(from: one.report.coordinate, to: other.report.coordinate)
        for error in [-0.000_9, 0, 0.000_9] {
            let pair = CoPresence(own: one, other: other, distance: distance + error)
            let within = try rule(radius: distance)
            let beyond = try rule(radius: distance.nextDown)
            #expect(EncounterSweep.encounters(of: [pair], rule: within).count == 1)
            #expect(EncounterSweep.encounters(of: [pair], rule: beyond).isEmpty)
        }
    }

    @Test func leavesOutWhatWasFartherBeforeTheEntry() throws {
        // The pair at 0 does not enter; it would bridge to 340 if it counted, because it lasts until 60.
        let locations = [
            try located(1, at: 0, north: -6), try located(2, at: 60), try located(1, at: 20, north: 9.4),
            try located(2, at: 20, north: 5), try located(1, at: 330), try located(2, at: 330),
        ]
        let met = encounters(of: locations, rule: try rule(within: 60))
        #expect(met.map(\.startSeconds) == [20, 330])
    }

    private struct Accuracies: Sendable {
        let radius: Double
        let own: Double?
        let other: Double?
        let uncertainty: Double?
    }

    @Test(arguments: [
        Accuracies(radius: 5, own: nil, other: nil, uncertainty: 0),
        Accuracies(radius: 5, own: 14, other: 14, uncertainty: 19.799),
        Accuracies(radius: 5, own: 15, other: 15, uncertainty: nil),
        Accuracies(radius: 5, own: nil, other: 20, uncertainty: 20),
        Accuracies(radius: 5, own: 20.1, other: nil, uncertainty: nil),
        Accuracies(radius: 10, own: 28, other: 28, uncertainty: 39.598),
        Accuracies(radius: 10, own: 29, other: 29, uncertainty: nil),
        Accuracies(radius: 4.5, own: 20, other: nil, uncertainty: 20),
        Accuracies(radius: 4.5, own: 0, other: nil, uncertainty: 1),
    ])
    private func countsWhatPhonesKnowOfTheirPlaces(_ phones: Accuracies) throws {
        let met = encounters(
            of: [try located(1, at: 0, accuracy: phones.own), try located(2, at: 0, north: 4, accuracy: phones.other)],
            rule: try rule(radius: phones.radius)
        )
        #expect(met.count == (phones.uncertainty == nil ? 0 : 1))
        guard let meeting = met.first, let uncertainty = phones.uncertainty else { return }
        let expected = min(1, phones.radius / (4.003 + uncertainty))
        #expect(abs(meeting.certainty - expected) < 0.000_1)
        #expect(meeting.significance == meeting.certainty)
    }

    @Test func doesNotBridgeWithWhatProvesNothing() throws {
        let locations = try [0.0, 200, 400].flatMap {
            [try located(1, at: $0, accuracy: $0 == 200 ? 500 : 3), try located(2, at: $0)]
        }
        #expect(encounters(of: locations).map(\.samples) == [1, 1])
        #expect(encounters(of: locations, rule: try rule(gap: 400)).map(\.samples) == [2])
    }

    @Test func goesOnAcrossMidnight() throws {
        // 14 hours after 10:00.
        let midnight = 14 * 3_600.0
        let locations = try (-10...10).flatMap {
            [
                try located(1, at: midnight + Double($0) * 60),
                try located(2, at: midnight + Double($0) * 60 + 7, north: 1),
            ]
        }
        let met = encounters(of: locations)
        #expect(met.map(\.duration) == [1_193_000_000])
        #expect(met.first?.start.day != met.first?.end.day)
    }

    @Test(
        arguments: [
            (1_800_000_000, 4.0), (-1_800_000_000, 4), (1_799_999_900, 4), (-1_799_999_950, -4), (0, 4), (-100, 4),
        ] as [(Int32, Double)]
    )
    func isHalfWayBetweenEvenAcrossTheAntimeridian(longitude: Int32, east: Double) throws {
        let center = (latitude: Int32(515_000_000), longitude: longitude)
        let one = try located(1, at: 0, round: center)
        let other = try located(2, at: 0, north: 1, east: east, round: center)
        let place = try #require(encounters(of: [one, other]).first?.place)
        let (near, far) = (one.report.coordinate, other.report.coordinate)
        let half = Geodesic.distance(from: near, to: far) / 2
        #expect(abs(Geodesic.distance(from: place, to: near) - half) < 0.02)
        #expect(abs(Geodesic.distance(from: place, to: far) - half) < 0.02)
    }

    @Test func isOfNoRadiusForTheSamePlaceOnly() throws {
        let here = [try located(1, at: 0), try located(2, at: 0)]
        let met = encounters(of: here, rule: try rule(radius: 0))
        #expect(met.map(\.certainty) == [1])
        #expect(met.map(\.closestDistance) == [0])
        #expect(encounters(of: [here[0], try located(2, at: 0, north: 0.02)], rule: try rule(radius: 0)).isEmpty)
    }

    @Test func refusesAGapThatIsShorterThanAPair() throws {
        let within = try #require(TimeApart(seconds: 60))
        #expect(EncounterRule(within: within, gap: MeetingGap(seconds: 59.999)) == nil)
        #expect(EncounterRule(within: within, gap: MeetingGap(seconds: 60)) != nil)
        let long = try #require(TimeApart(seconds: 3_600))
        #expect(EncounterRule(within: long)?.gap == MeetingGap(seconds: 3_600))
        #expect(EncounterRule(within: within) == .standard)
    }

    private func moved(_ location: Location, by seconds: Double) throws -> Location {
        let report = location.report
        let time = Timestamp(microseconds: report.creationTime.microseconds + Int64(seconds * 1_000_000))
        let id = try #require(LocationID(rawValue: location.id.rawValue + Int64(seconds * 1_000) * 1_024))
        return Location(
            id: id,
            report: LocationReport(
                personID: report.personID,
                coordinate: report.coordinate,
                creationTime: time,
                accuracy: report.accuracy
            )
        )
    }

    private func person(_ number: Int32) throws -> PersonID {
        try #require(PersonID(rawValue: number))
    }
}
