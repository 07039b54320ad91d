package import Geospatial
package import Models

/// A fix that has arrived, as the service's clients send it.
package struct Delivery: Hashable, Sendable {
    /// Whose it is, by index in the list of attendees.
    package let attendee: Int
    /// Which of the attendee's phones took it, from 0.
    package let device: Int
    /// Where the phone believes to have been.
    package let coordinate: Coordinate
    /// How well the phone knows that.
    package let accuracy: Accuracy?
    /// When the phone took it, by the phone's clock.
    package let creationTime: Timestamp
    /// When it arrives.
    package let deliveredAt: Timestamp
    /// Whether this very fix arrives another time too, and this is not the first sending.
    package let isRepeat: Bool
}

/// An event that takes place in memory: who goes where, what their phones report, and who truly meets whom.
///
/// The same configuration gives the same event to the last bit. It passes second by second and keeps only what is on its
/// way, so that memory is O(attendees) however long it lasts.
///
/// ```swift
/// var simulator = EventSimulator(SimulationConfiguration(attendees: 500))
/// while try simulator.step(deliveries: &deliveries, meetings: &meetings) { … }
/// ```
package struct EventSimulator: Sendable {
    /// What was asked for.
    package let configuration: SimulationConfiguration
    /// Everybody who comes.
    package let attendees: [Attendee]
    /// Where it takes place.
    package let venue: Venue
    /// When talks are held.
    package let programme: Programme
    /// The exhibitors of those stands that have one.
    package let exhibitors: [Int: String]
    /// Seconds since the doors opened.
    package private(set) var now = -1

    private var crowd: Crowd
    /// The first phone of each attendee, then the second phones.
    private var phones: [Phone]
    private let accuracyMap: AccuracyMap?
    private var arrivals = ArrivalQueue()
    private var detector: MeetingDetector
    private var isOver = false

    /// Opens the doors.
    package init(_ configuration: SimulationConfiguration) {
        var generator = Xoshiro256(seed: configuration.seed)
        let venue = Venue(attendees: configuration.attendees)
        let programme = Programme(duration: configuration.duration)
        let roster = Roster(
            count: configuration.attendees,
            duration: configuration.duration,
            venue: venue,
            generator: &generator
        )
        self.configuration = configuration
        self.venue = venue
        self.programme = programme
        attendees = roster.entries.map(\.attendee)
        exhibitors = roster.exhibitors
        crowd = Crowd(
            roster: roster,
            venue: venue,
            programme: programme,
            configuration: configuration,
            generator: generator
        )
        let (seed, traits) = (configuration.seed, configuration.traits)
        let firstPhones = attendees.indices.map { Phone(owner: $0, seed: seed, traits: traits) }
        let secondPhones = firstPhones.filter(\.habit.hasCompanion).map {
            Phone(owner: $0.owner, device: 1, seed: seed, traits: traits)
        }
        phones = firstPhones + secondPhones
        accuracyMap = traits.contains(.indoors) ? AccuracyMap(floor: venue.floor, seed: seed) : nil
        detector = MeetingDetector(people: attendees.count, floor: venue.floor, radius: configuration.meetingRadius)
    }

    /// Lets a second pass.
    ///
    /// - Parameters:
    ///   - deliveries: what arrives in this second is appended, in order of arrival.
    ///   - meetings: the meetings that have become certain to be over are appended.
    /// - Returns: whether there is another second; `false` once everybody is gone and all has arrived.
    /// - Throws: ``CoordinateError`` if the venue reaches beyond the Earth's edge, which it does not.
    package mutating func step(
        deliveries: inout [Delivery],
        meetings: inout [Meeting]
    ) throws(CoordinateError) -> Bool {
        guard !isOver else { return false }
        now += 1
        crowd.advance(to: now)
        detector.update(with: crowd, now: now)
        let isClosed = now >= configuration.duration
        sendFixes(isClosed: isClosed)
        while let dispatch = arrivals.popFirst(before: (now + 1) * 1_000) {
            deliveries.append(try delivery(of: dispatch))
        }
        isOver = isClosed && arrivals.isEmpty && !phones.contains(where: \.isWaiting)
        if isOver || now % 60 == 0 {
            for encounter in detector.finished(at: isOver ? .max : now) {
                meetings.append(try meeting(of: encounter))
            }
        }
        return !isOver
    }

    /// Where an attendee truly is; `nil` outside the building.
    package func truePosition(of attendee: Int) -> Point? {
        crowd.isPresent(attendee) ? crowd.positions[attendee] : nil
    }

    /// Who carries a second phone, by index in the list of attendees.
    package var ownersOfTwo: [Int] {
        phones.dropFirst(attendees.count).map(\.owner)
    }

    /// Seconds between two reports of an attendee's first phone; between two looks, if it reports only moves.
    package func reportInterval(of attendee: Int) -> Int {
        phones[attendee].interval
    }

    /// Metres by which an attendee's first phone has to move before it reports again.
    package func leastMove(of attendee: Int) -> Double {
        phones[attendee].habit.leastMove
    }

    /// Milliseconds by which the clock of an attendee's first phone is ahead.
    package func clockError(of attendee: Int) -> Int {
        phones[attendee].habit.clockError
    }

    /// The standard deviation of an attendee's phone's error in each direction, in metres, where ``SimulationTraits/indoors``
    /// does not change it.
    package func deviation(of attendee: Int) -> Double {
        phones[attendee].deviation
    }

    private mutating func sendFixes(isClosed: Bool) {
        for index in phones.indices {
            phones[index].updateNetwork(now: now, to: &arrivals)
            let owner = phones[index].owner
            if crowd.isPresent(owner) {
                guard phones[index].isDue(at: now) else { continue }
                let time = Double(now) + Double(phones[index].phase) / 1_000
                let truth = crowd.position(of: owner, at: time)
                phones[index].takeFix(at: truth, now: now, accuracyMap: accuracyMap, to: &arrivals)
            } else if isClosed, now - configuration.duration > 600 {
                phones[index].flush(now: now, to: &arrivals)
            }
        }
    }

    private func delivery(of dispatch: Phone.Dispatch) throws(CoordinateError) -> Delivery {
        Delivery(
            attendee: dispatch.fix.owner,
            device: dispatch.fix.device,
            coordinate: try Site.coordinate(of: dispatch.fix.point),
            accuracy: dispatch.fix.accuracy,
            creationTime: timestamp(milliseconds: dispatch.fix.time),
            deliveredAt: timestamp(milliseconds: dispatch.due),
            isRepeat: dispatch.isRepeat
        )
    }

    private func meeting(of encounter: MeetingDetector.Encounter) throws(CoordinateError) -> Meeting {
        Meeting(
            first: encounter.first,
            second: encounter.second,
            start: timestamp(milliseconds: encounter.start * 1_000),
            end: timestamp(milliseconds: encounter.end * 1_000),
            closest: encounter.closestSquared.squareRoot(),
            coordinate: try Site.coordinate(of: encounter.place)
        )
    }

    private func timestamp(milliseconds: Int) -> Timestamp {
        Timestamp(microseconds: configuration.start.microseconds + Int64(milliseconds) * 1_000)
    }
}
