package import Geospatial
package import Models

/// A fix that has arrived, as a client of the service sends it.
package struct Delivery: Hashable, Sendable {
    /// The attendee, by index in the list of attendees.
    package let attendee: Int
    /// Which of the attendee's phones took it, from 0.
    package let device: Int
    /// The position by the phone.
    package let coordinate: Coordinate
    /// The accuracy by the phone.
    package let accuracy: Accuracy?
    /// When the phone took it, by the phone's clock.
    package let creationTime: Timestamp
    /// When it arrives.
    package let deliveredAt: Timestamp
    /// Whether this is a repeated sending of the same fix.
    package let isRepeat: Bool
}

/// An event in memory: the walks of attendees, the reports of their phones, and the true meetings.
///
/// The same configuration gives the same event to the last bit. It advances second by second and keeps only fixes in
/// transit, so memory is O(attendees) for any duration.
///
/// ```swift
/// var simulator = EventSimulator(SimulationConfiguration(attendees: 500))
/// while try simulator.step(deliveries: &deliveries, meetings: &meetings) { … }
/// ```
package struct EventSimulator: Sendable {
    /// The configuration of the event.
    package let configuration: SimulationConfiguration
    /// All attendees.
    package let attendees: [Attendee]
    /// The venue.
    package let venue: Venue
    /// The timetable of talks.
    package let programme: Programme
    /// The exhibitors, by the index of their stand.
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

    /// An event before its first second.
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
        let firstPhones = attendees.indices.map { Phone(owner: $0, configuration) }
        let secondPhones = firstPhones.filter(\.habit.hasCompanion).map {
            Phone(owner: $0.owner, device: 1, configuration)
        }
        phones = firstPhones + secondPhones
        accuracyMap =
            configuration.traits.contains(.indoors) ? AccuracyMap(floor: venue.floor, seed: configuration.seed) : nil
        detector = MeetingDetector(people: attendees.count, floor: venue.floor, radius: configuration.meetingRadius)
    }

    /// Advances by a second.
    ///
    /// - Parameters:
    ///   - deliveries: receives the arrivals of this second, in order.
    ///   - meetings: the meetings that are certainly over are appended.
    /// - Returns: whether there is another second; `false` after all attendees have left and all fixes have arrived.
    /// - Throws: ``CoordinateError`` if a coordinate is out of range, which does not occur.
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

    /// The true position of an attendee; `nil` outside the building.
    package func truePosition(of attendee: Int) -> Point? {
        crowd.isPresent(attendee) ? crowd.positions[attendee] : nil
    }

    /// The attendees with a second phone, by index.
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
