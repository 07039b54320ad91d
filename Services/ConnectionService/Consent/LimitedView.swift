import Credentials
import Geospatial
import Models
import Presence

/// What an attendee sees of others: what both had consented to at the time, with rounded places.
///
/// An owned trail is not enough to see others: without this, one location of an attendee and a wide distance would find
/// everyone.
struct LimitedView: Sendable {
    /// The attendee.
    let viewer: PersonID
    /// How many persons may be named to the viewer in a day who were not named before; `nil` if they are not counted.
    let newAcquaintances: Int?
    private let consents: [PersonID: Consents]
    private let pseudonyms: KeyedDigest

    /// Maximum distance of a meeting, in metres.
    static let greatestDistance = 20.0
    /// Maximum time apart within a meeting, in seconds.
    static let greatestGap = 900.0
    /// Minimum duration of a meeting, in seconds.
    static let leastDuration = 30.0
    /// Places are rounded to multiples of this many 10⁻⁷ degrees, about 10 m.
    private static let placeStep: Int32 = 1_000
    /// The same without the other's consent to show places, about 100 m.
    private static let coarsePlaceStep: Int32 = 10_000
    /// The first number of pseudonyms; real persons have lower ones.
    static let firstPseudonym: Int32 = 1 << 30

    /// Makes the view of an attendee.
    ///
    /// - Parameters:
    ///   - viewer: the attendee.
    ///   - consents: the consents of all persons.
    ///   - pseudonyms: the secret of the pseudonyms.
    ///   - newAcquaintances: how many persons may be named in a day who were not named before; `nil` if they are not counted.
    init(
        of viewer: PersonID,
        _ consents: [PersonID: Consents],
        pseudonyms: KeyedDigest,
        newAcquaintances: Int? = nil
    ) {
        self.viewer = viewer
        self.newAcquaintances = newAcquaintances
        self.consents = consents
        self.pseudonyms = pseudonyms
    }

    /// Whether both persons had consented to be in each other's meetings at the start of an overlap.
    func shows(_ overlap: Overlap, in map: PresenceMap) -> Bool {
        let start = Timestamp(microseconds: map.start(of: overlap))
        return allows(.meet, overlap.first, at: start) && allows(.meet, overlap.second, at: start)
    }

    /// Whether a person has consented to be in the lists of others, and had at a moment.
    func allows(_ purpose: ConsentPurpose, _ person: Int32, at moment: Timestamp) -> Bool {
        consents[PersonID(stored: person)]?.allow(purpose, at: moment) ?? false
    }

    /// Whether a person may be named to the viewer.
    func names(_ person: Int32) -> Bool {
        person == viewer.rawValue || consents[PersonID(stored: person)]?.since[.identify] != nil
    }

    /// The number by which the viewer sees a person: the person's, or a pseudonym that only this viewer gets.
    func number(of person: Int32) -> Int32 {
        names(person) ? person : pseudonym(of: person)
    }

    /// The number by which the viewer sees a person who is not named.
    func pseudonym(of person: Int32) -> Int32 {
        let digest = pseudonyms("\(viewer.rawValue)/\(person)")
        return Self.firstPseudonym | Int32(truncatingIfNeeded: digest & Int64(Self.firstPseudonym - 1))
    }

    /// A meeting as the viewer sees it: without the other's consent to `place`, it has no zones and sessions, and its
    /// place is rounded more.
    func shown(_ row: MeetingRow) -> MeetingRow {
        MeetingRow(
            meeting: shown(row.meeting),
            setting: showsPlaces(of: row.meeting) ? row.setting : MeetingSetting()
        )
    }

    /// A meeting as the viewer sees it.
    func shown(_ meeting: PersonMeeting) -> PersonMeeting {
        let step = showsPlaces(of: meeting) ? Self.placeStep : Self.coarsePlaceStep
        let other = number(of: meeting.other(than: viewer.rawValue))
        return meeting.shown(to: viewer.rawValue, as: other, at: meeting.place.rounded(to: step))
    }

    private func showsPlaces(of meeting: PersonMeeting) -> Bool {
        consents[PersonID(stored: meeting.other(than: viewer.rawValue))]?.since[.place] != nil
    }

    /// A person met as the viewer sees them.
    func shown(_ row: PersonRow) -> PersonRow {
        PersonRow(other: number(of: row.other), met: row.met, attended: row.attended, order: row.order)
    }

    /// The same view without a limit of new acquaintances; its names must not be shown.
    var unlimited: LimitedView { LimitedView(of: viewer, consents, pseudonyms: pseudonyms) }

    /// Persons by the numbers that the viewer sees; without names if they are pseudonyms, or beyond the limit of new acquaintances.
    ///
    /// - Parameters:
    ///   - ids: the persons, the most important first.
    ///   - read: reads all of the persons.
    ///   - name: reads those who may be named, given the viewer and the limit; `nil` for the others.
    /// - Returns: the existing persons. Those beyond the limit have a pseudonym instead of their number.
    /// - Throws: an error of `read` or `name`.
    func persons(
        _ ids: [PersonID],
        read: ([PersonID]) async throws -> [PersonID: Person],
        name: ([PersonID], PersonID, Int) async throws -> [PersonID: Person?]
    ) async throws -> [PersonID: Person] {
        var real = ids.filter { $0.rawValue < Self.firstPseudonym }
        var found: [PersonID: Person] = [:]
        if let newAcquaintances {
            var known: Set<PersonID> = [viewer]
            let others = real.filter { known.insert($0).inserted }
            for (id, person) in try await name(others, viewer, newAcquaintances) {
                found[id] = person ?? .beyondLimit(PersonID(stored: pseudonym(of: id.rawValue)))
            }
            real.removeAll { $0 != viewer }
        }
        found.merge(try await read(real)) { first, _ in first }
        for id in ids where id.rawValue >= Self.firstPseudonym { found[id] = Person.withoutName(id) }
        return found
    }
}

extension MeetingRepository {
    /// Persons by the numbers that a view has for them, the most important first.
    func persons(_ ids: [PersonID], as view: LimitedView?) async throws -> [PersonID: Person] {
        guard let view else { return try await persons(ids) }
        return try await view.persons(ids) {
            try await persons($0)
        } name: { others, viewer, limit in
            try await persons(others, namedTo: viewer, newInADay: limit)
        }
    }
}

extension Person {
    /// A person who is not named.
    fileprivate static func withoutName(_ id: PersonID) -> Person {
        Person(id: id, details: PersonDetails(stored: "Unnamed", "person", "–"))
    }

    /// A person who is not named today.
    fileprivate static func beyondLimit(_ id: PersonID) -> Person {
        Person(id: id, details: PersonDetails(stored: "Unnamed", "person", "No more new names today"))
    }
}

extension Coordinate {
    /// The coordinate at the nearest multiples of a step in 10⁻⁷ degrees.
    fileprivate func rounded(to step: Int32) -> Coordinate {
        Coordinate(
            stored: DegreesE7(rawValue: Self.rounded(latitude.rawValue, to: step)),
            DegreesE7(rawValue: Self.rounded(longitude.rawValue, to: step))
        )
    }

    private static func rounded(_ value: Int32, to step: Int32) -> Int32 {
        Int32((Double(value) / Double(step)).rounded()) * step
    }
}
