import Models

/// Who exists, as far as has been asked, and since when storing must have known it too.
///
/// A message whose person does not exist when it is to be stored is buried, and what is buried is in no answer. Storing and
/// indexing ask at different moments: where the answers may differ, what storing has made of the message decides.
struct KnownPersons {
    /// What to make of a location.
    enum Verdict {
        /// Its person exists, and did so before it was stored.
        case known
        /// Its person exists, but it may have been buried before that was so.
        case doubtful
        /// Its person does not exist, or has not been asked for.
        case unknown
    }

    /// The offset in the person's partition from which on storing found the person.
    private var offsets: [PersonID: Int64] = [:]

    /// Changes whenever somebody may have been erased: what was asked before that is not to be trusted.
    private(set) var version = 0

    /// Knows nobody.
    init() {}

    /// How many there are.
    var count: Int { offsets.count }

    /// Everybody.
    var persons: some Sequence<PersonID> { offsets.keys }

    /// Whether a person is known.
    func contains(_ person: PersonID) -> Bool {
        offsets[person] != nil
    }

    /// Knows from now on those who existed before anything behind a snapshot was stored, and nobody else.
    mutating func replace(with persons: [PersonID]) {
        version += 1
        offsets = Dictionary(minimumCapacity: persons.count)
        for person in persons { offsets[person] = 0 }
    }

    /// Notes that a person exists, while storing was at an offset of the person's partition.
    mutating func insert(_ person: PersonID, at offset: Int64) {
        offsets[person] = offsets[person] ?? offset
    }

    /// Notes that a person has been erased.
    mutating func remove(_ person: PersonID) {
        version += 1
        offsets[person] = nil
    }

    /// Notes that anybody may have been erased.
    mutating func doubt() {
        version += 1
    }

    /// What to make of a location that came through the queue.
    func verdict(on location: Location) -> Verdict {
        guard let offset = offsets[location.report.personID] else { return .unknown }
        guard offset > 0, let place = location.id.place else { return .known }
        return place.offset < offset ? .doubtful : .known
    }
}
