import Models
import Proximity
import ServiceWiring

/// What each part of the process may take of `MEMORY_BOUND`; a fourth is left to the process itself and its allocator.
struct MemoryShares: Sendable {
    private let bytes: Int

    /// Divides a bound.
    init(_ bound: MemoryBound) {
        bytes = bound.bytes
    }

    /// How many locations the index may hold in a fourth, about 24 bytes each.
    var indexedLocations: Int { bytes / 4 / 24 }
    /// How many locations are sorted or merged at once in an eighth, about 120 bytes each.
    var sortedLocations: Int { bytes / 8 / 120 }
    /// How many locations are read from before the index into an eighth, about 120 bytes each until they can be searched.
    var pastLocations: Int { bytes / 8 / 120 }
    /// How many quick questions are answered at once: an eighth, together with one wide question and one of a stream.
    var quickQuestions: Int { max(bytes / 8 / Self.quickQuestion - 2, 2) }
    /// What answers hold that are being sent: a sixteenth.
    var answers: Int { bytes / 16 }
    /// What streams hold: a sixteenth.
    var streams: Int { bytes / 16 }

    /// What a question takes at most that is not wide: trail, pairs and meetings.
    private static let quickQuestion = 6 << 20
}

extension SearchLimits {
    /// For what is asked about one person: 4 MB of trail, 6 MB of pairs and 3 MB of meetings at once.
    static let ofPerson = {
        var limits = SearchLimits.none
        limits.pairs = 8_000_000
        limits.pairsAtOnce = 65_536
        limits.trail = 100_000
        limits.results = 32_768
        limits.time = .seconds(5)
        return limits
    }()

    /// For whom a person was close to, which is found page by page.
    static let ofContacts = {
        var limits = ofPerson
        limits.results = 1_000_000
        return limits
    }()

    /// For evidence, all of whose meetings are in one answer.
    static let ofEvidence = {
        var limits = ofPerson
        limits.results = 1_000
        return limits
    }()

    /// For everybody's meetings of a day; as many may go on at a time as there are results.
    static let ofEverybody = {
        var limits = SearchLimits.none
        limits.pairs = 500_000_000
        limits.pairsAtOnce = 262_144
        limits.results = 131_072
        limits.time = .seconds(300)
        return limits
    }()
}
