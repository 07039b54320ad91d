import Credentials
import Geospatial
import Models
import Persistence
import Presence
import Proximity
import Synchronization
import Venue

/// Finds persons who met earlier and are near each other now.
///
/// It belongs to one pass of the search: it finds the place of each person once.
final class NudgeFinder: Sendable {
    private let snapshot: LivePresence.Snapshot
    private let events: [EventSetup]
    private let consents: [PersonID: Consents]
    private let participants: Set<PersonID>
    private let pseudonyms: KeyedDigest
    private let settings: NudgeSettings
    private let model: PresenceSettings
    private let now: Timestamp
    /// The places that were found so far; `nil` for persons without one.
    private let places = Mutex<[PersonID: Place?]>([:])

    /// Two persons, the one with the lower number first.
    struct Pair: Hashable, Sendable {
        let first: PersonID
        let second: PersonID

        init(_ one: PersonID, _ other: PersonID) {
            (first, second) = (min(one, other), max(one, other))
        }
    }

    /// The last fix of a person at an open event.
    private struct Place {
        let coordinate: Coordinate
        let event: EventID
    }

    /// The trail before the last fix that the screen for doubtful fixes sees, in microseconds.
    private static let screened: Int64 = 900_000_000

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - snapshot: the segments and locations.
    ///   - events: all events; only those that are open now, with a venue, count.
    ///   - consents: the consents of all persons.
    ///   - pseudonyms: the key of the numbers of unnamed persons.
    ///   - settings: the rules.
    ///   - model: the assumptions of the meeting model.
    ///   - now: the current time.
    init(
        _ snapshot: LivePresence.Snapshot,
        at events: [EventSetup],
        _ consents: [PersonID: Consents],
        pseudonyms: KeyedDigest,
        _ settings: NudgeSettings,
        _ model: PresenceSettings,
        now: Timestamp
    ) {
        self.snapshot = snapshot
        // Without hours or a venue, an event is always or everywhere: then it limits nothing.
        self.events = events.filter { $0.venue != nil && $0.event.details.hours.contains { $0.contains(now) } }
        self.consents = consents
        participants = Set(
            consents.lazy.filter { _, consents in
                [.nudge, .meet, .locate].allSatisfy { consents.since[$0] != nil }
            }.map(\.key)
        )
        self.pseudonyms = pseudonyms
        self.settings = settings
        self.model = model
        self.now = now
    }

    /// Whether a person consents to `nudge`, `meet` and `locate`.
    func takesPart(_ person: PersonID) -> Bool { participants.contains(person) }

    /// The events that are open now.
    var openEvents: [EventID] { events.map(\.event.id) }

    /// The pairs of some persons and others that may learn of each other, each pair once.
    ///
    /// Some hundred microseconds for a person in a crowd, and some microseconds for each other one who was met.
    ///
    /// - Parameters:
    ///   - persons: the persons.
    ///   - memory: leaves out pairs that were asked about, and persons with as many nudges as a day may have.
    /// - Returns: the pairs.
    func pairs(of persons: [PersonID], _ memory: NudgeMemory) -> [NudgeStore.NearPair] {
        guard !events.isEmpty, let radius = Radius(metres: Double(settings.distance)) else { return [] }
        let readers = events.compactMap { setup in
            setup.venue.map { (event: setup.event.id, venue: VenueReader($0)) }
        }
        func place(of person: PersonID) -> Place? {
            if let known = places.withLock({ $0[person] }) { return known }
            let found = lastFix(of: person).flatMap { coordinate in
                readers.first { !$0.venue.zones(at: coordinate).isEmpty }.map {
                    Place(coordinate: coordinate, event: $0.event)
                }
            }
            places.withLock { $0[person] = .some(found) }
            return found
        }
        var (found, seen): ([NudgeStore.NearPair], Set<Pair>) = ([], [])
        for person in persons where takesPart(person) {
            guard let own = place(of: person), memory.mayGetOne(person, at: own.event) else { continue }
            let near = near(person, within: radius).filter { other in
                let pair = Pair(person, other)
                return memory.mayGetOne(other, at: own.event) && memory.mayAsk(pair) && !seen.contains(pair)
            }
            // Few of those in a crowd were met, so their places are read last.
            for (other, end) in lastMeetings(of: person, with: near) {
                guard now.microseconds - end >= NudgeSettings.leastApart, let its = place(of: other),
                    its.event == own.event
                else { continue }
                let distance = Geodesic.distance(from: own.coordinate, to: its.coordinate)
                guard distance <= radius.metres else { continue }
                seen.insert(Pair(person, other))
                found.append(pair(person, other, at: own.event, distance, lastMet: end))
            }
        }
        return found
    }

    private func pair(
        _ person: PersonID,
        _ other: PersonID,
        at event: EventID,
        _ distance: Double,
        lastMet end: Int64
    ) -> NudgeStore.NearPair {
        let pair = Pair(person, other)
        return NudgeStore.NearPair(
            pair.first,
            pair.second,
            aliases: (view(of: pair.first).pseudonym(of: pair.second), view(of: pair.second).pseudonym(of: pair.first)),
            at: event,
            aboutMetres: NudgeSettings.aboutMetres(distance),
            lastMet: Timestamp(microseconds: end)
        )
    }

    /// The times in which a fix is fresh; the clocks of phones may be ahead, too.
    private var fresh: TimeWindow {
        let age = Int64(settings.freshness / .microseconds(1))
        return TimeWindow(microseconds: now.microseconds - age..<now.microseconds + age + 1)
    }

    /// The others who take part and were somewhere near the person lately; none if there are too many locations around.
    private func near(_ person: PersonID, within radius: Radius) -> Set<PersonID> {
        let contacts = (try? snapshot.index.contacts(of: person, in: fresh, radius: radius)) ?? []
        return Set(contacts.lazy.map(\.location.report.personID)).filter(takesPart)
    }

    /// The place of the last fix, if it is fresh and accurate enough; doubtful ones do not count.
    private func lastFix(of person: PersonID) -> Coordinate? {
        let window = fresh
        let trail = snapshot.index.trail(
            of: person,
            in: TimeWindow(microseconds: window.start.microseconds - Self.screened..<window.end.microseconds)
        )
        let doubtful = Set(MeetingEvidence.Doubtful.all(in: trail, window, model).map(\.fix))
        guard let last = trail.last(where: { !doubtful.contains(Fix($0.report)) })?.report,
            last.creationTime >= window.start
        else { return nil }
        let accuracy = last.accuracy.map { Double($0.metres) } ?? model.assumedAccuracy
        return accuracy <= NudgeSettings.greatestAccuracy ? last.coordinate : nil
    }

    /// The end of the last meeting with each of some persons, in microseconds since 1970, as far as both see it.
    private func lastMeetings(of person: PersonID, with others: Set<PersonID>) -> [PersonID: Int64] {
        guard !others.isEmpty else { return [:] }
        let (map, view) = (snapshot.map, view(of: person))
        let answers = try? map.answers(of: person.rawValue, MeetingRule()) { overlap in
            let other = overlap.first == person.rawValue ? overlap.second : overlap.first
            return others.contains(PersonID(stored: other)) && view.shows(overlap, in: map)
        }
        return (answers ?? []).reduce(into: [:]) { met, answer in
            guard let end = answer.meetings.map(\.end).max() else { return }
            met[PersonID(stored: answer.person.other(than: person.rawValue))] = end
        }
    }

    private func view(of person: PersonID) -> LimitedView {
        LimitedView(of: person, consents, pseudonyms: pseudonyms)
    }
}

extension LimitedView {
    /// The number under which the viewer sees a person without a name.
    fileprivate func pseudonym(of person: PersonID) -> PersonID {
        PersonID(stored: pseudonym(of: person.rawValue))
    }
}
