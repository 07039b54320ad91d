import Models
import Venue

/// The persons that figures may count: those who agreed to `statistics`, from that moment on.
struct CountedPersons: Sendable {
    /// When each person agreed, in microseconds since 1970; `nil` if everyone counts.
    private let since: [Int32: Int64]?

    private init(since: [Int32: Int64]?) {
        self.since = since
    }

    /// Everyone, at all times.
    static let everyone = CountedPersons(since: nil)

    /// The persons who agreed to `statistics`.
    init(_ consents: [PersonID: Consents]) {
        var since: [Int32: Int64] = [:]
        for (person, consents) in consents {
            since[person.rawValue] = consents.since[.statistics]?.microseconds
        }
        self.init(since: since)
    }

    /// Whether a person may be counted at a moment.
    ///
    /// - Parameters:
    ///   - person: the person's number.
    ///   - time: in microseconds since 1970.
    /// - Returns: `true` if the person had agreed before.
    func include(_ person: Int32, at time: Int64) -> Bool {
        guard let since else { return true }
        return since[person].map { $0 <= time } ?? false
    }

    /// The parts of histories that may be counted.
    func histories(_ all: [Int32: EventHistory]) -> [Int32: EventHistory] {
        guard let since else { return all }
        return all.reduce(into: [:]) { counted, entry in
            guard let start = since[entry.key] else { return }
            let history = entry.value.clamped(to: start..<Int64.max)
            if !history.visits.isEmpty { counted[entry.key] = history }
        }
    }
}
