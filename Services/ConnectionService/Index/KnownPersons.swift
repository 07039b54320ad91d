import Models

/// The persons who are known to exist, each with the offset from which the consumer knew them, too.
///
/// The consumer writes a message as a dead letter if its person does not exist at that time. Consumer and index ask at
/// different times. Where their answers may differ, the consumer's decision counts.
struct KnownPersons {
    /// The verdict on a location.
    enum Verdict {
        /// Its person exists, and existed before it was stored.
        case known
        /// Its person exists, but it may have become a dead letter before.
        case doubtful
        /// Its person does not exist, or was not looked up.
        case unknown
    }

    /// The offset in the person's partition from which the consumer knows the person.
    private var offsets: [PersonID: Int64] = [:]

    /// Increases whenever a person may have been erased, so that earlier lookups are discarded.
    private(set) var version = 0

    init() {}

    /// All known persons.
    var persons: some Sequence<PersonID> { offsets.keys }

    /// Whether a person is known.
    func contains(_ person: PersonID) -> Bool {
        offsets[person] != nil
    }

    /// Replaces all persons by those who existed in a snapshot, before any later message was stored.
    mutating func replace(with persons: [PersonID]) {
        version += 1
        offsets = Dictionary(minimumCapacity: persons.count)
        for person in persons { offsets[person] = 0 }
    }

    /// Adds a person who exists while the consumer is at an offset of the person's partition.
    mutating func insert(_ person: PersonID, at offset: Int64) {
        offsets[person] = offsets[person] ?? offset
    }

    /// Removes an erased person.
    mutating func remove(_ person: PersonID) {
        version += 1
        offsets[person] = nil
    }

    /// Records that any person may have been erased.
    mutating func doubt() {
        version += 1
    }

    /// Decides on a location from the queue.
    func verdict(on location: Location) -> Verdict {
        guard let offset = offsets[location.report.personID] else { return .unknown }
        guard offset > 0, let place = location.id.place else { return .known }
        return place.offset < offset ? .doubtful : .known
    }
}
