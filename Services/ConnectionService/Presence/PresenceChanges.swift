import Models
import Presence
import Proximity

/// The changes in the index since its trails were last segmented.
struct PresenceChanges {
    /// A chunk of a person's trail.
    struct Chunk: Hashable {
        /// The person's number.
        let person: Int32
        /// See ``TrailChunk/number(of:)``.
        let number: Int64
    }

    /// Whether the index was loaded again, which invalidates all segments.
    private(set) var isReload = false
    private(set) var chunks: Set<Chunk> = []
    private(set) var erased: Set<Int32> = []

    /// The persons whose segments may have changed.
    var persons: Set<Int32> { Set(chunks.lazy.map(\.person)).union(erased) }

    /// The time range of the chunks in microseconds since 1970; all time after a reload or an erasure.
    var span: Range<Int64> {
        let numbers = chunks.map(\.number)
        guard !isReload, erased.isEmpty, let first = numbers.min(), let last = numbers.max() else {
            return Int64.min..<Int64.max
        }
        return first * TrailChunk.length..<(last + 1) * TrailChunk.length
    }

    /// Records new locations in the index.
    mutating func note(_ locations: [Location]) {
        guard !isReload else { return }
        for location in locations {
            let number = TrailChunk.number(of: location.report.creationTime.microseconds)
            chunks.insert(Chunk(person: location.report.personID.rawValue, number: number))
        }
    }

    /// Records the removal of a person's locations from the index, of all or of some.
    mutating func noteErasure(of person: PersonID) {
        erased.insert(person.rawValue)
    }

    /// Records that the index was loaded again.
    mutating func noteReload() {
        self = PresenceChanges()
        isReload = true
    }

    /// Segments the changed chunks.
    ///
    /// - Parameters:
    ///   - trails: the previous segments; updated in place.
    ///   - index: an index that contains all recorded changes.
    ///   - settings: the model's assumptions.
    func apply(to trails: inout PresenceTrails, from index: GridIndex, settings: PresenceSettings) {
        if isReload {
            trails = PresenceTrails(settings: settings)
            index.forEachChunk(of: index.persons().sorted()) { person, number in
                trails.replace(person, number, from: index)
            }
        } else {
            for person in erased {
                trails.erase(person)
                // Of a person who only wants some time forgotten, the other locations remain.
                index.forEachChunk(of: [PersonID(stored: person)]) { trails.replace($0, $1, from: index) }
            }
            for chunk in chunks { trails.replace(PersonID(stored: chunk.person), chunk.number, from: index) }
        }
        if let first = index.firstDay { trails.drop(before: TrailChunk.number(of: first.microseconds)) }
    }
}

extension PresenceTrails {
    /// Segments a chunk of a person's trails.
    fileprivate mutating func replace(_ person: PersonID, _ number: Int64, from index: GridIndex) {
        let locations = index.trail(of: person, in: TimeWindow(chunk: number))
        add(locations, number)
    }

    /// Segments the locations of one person in one chunk.
    mutating func add(_ locations: [Location], _ number: Int64) {
        guard let person = locations.first?.report.personID.rawValue else { return }
        for (device, own) in Dictionary(grouping: locations, by: \.report.device) {
            replace(
                TrailKey(person: person, device: Int32(device.rawValue)),
                chunk: number,
                with: own.map { Fix($0.report) }
            )
        }
    }
}

extension TimeWindow {
    /// The time window of a chunk.
    init(chunk number: Int64) {
        self.init(microseconds: number * TrailChunk.length..<(number + 1) * TrailChunk.length)
    }
}

extension GridIndex {
    /// Calls `visit` with each of some persons and each chunk in the index.
    fileprivate func forEachChunk(of persons: [PersonID], _ visit: (PersonID, Int64) -> Void) {
        guard let days else { return }
        let first = TrailChunk.number(of: days.lowerBound.microseconds)
        let last = TrailChunk.number(of: days.upperBound.microseconds + 86_400_000_000 - 1)
        for person in persons {
            for number in first...last { visit(person, number) }
        }
    }
}
