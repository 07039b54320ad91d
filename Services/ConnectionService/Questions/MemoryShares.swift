import Models
import Proximity
import ServiceRuntime

/// The share of `MEMORY_BOUND` of each part; a fourth is left to the process itself and its allocator.
struct MemoryShares: Sendable {
    private let bytes: Int

    /// Divides a bound.
    init(_ bound: MemoryBound) {
        bytes = bound.bytes
    }

    /// The most locations of the index: a fourth, at about 24 bytes each.
    var indexedLocations: Int { bytes / 4 / 24 }
    /// The most locations sorted or merged at once: an eighth, at about 120 bytes each.
    var sortedLocations: Int { bytes / 8 / 120 }
    /// The most locations read from before the index: an eighth, at about 120 bytes each.
    var pastLocations: Int { bytes / 8 / 120 }
    /// The most quick questions at once: an eighth, less one wide question and one of a stream.
    var quickQuestions: Int { max(bytes / 8 / Self.quickQuestion - 2, 2) }
    /// Bytes of all answers that are being sent: a sixteenth.
    var answers: Int { bytes / 16 }
    /// Bytes of all streams: a sixteenth.
    var streams: Int { bytes / 16 }

    /// The most bytes of a quick question: trail, pairs and meetings.
    private static let quickQuestion = 6 << 20
}

extension SearchLimits {
    /// Questions about one person: 4 MB of trail, 6 MB of pairs and 3 MB of meetings at once.
    static let ofPerson = {
        var limits = SearchLimits.none
        limits.pairs = 8_000_000
        limits.trail = 100_000
        limits.results = 32_768
        limits.time = .seconds(5)
        return limits
    }()

    /// The persons near a person, found page by page.
    static let ofContacts = {
        var limits = ofPerson
        limits.results = 1_000_000
        return limits
    }()

    /// A person's meetings: 13 MB of overlaps, and the meetings made of them.
    static let ofMeetings = {
        var limits = ofPerson
        limits.pairs = 131_072
        return limits
    }()

    /// The meetings of all persons in a day, of which few are held at a time.
    static let ofAllPersons = {
        var limits = SearchLimits.none
        limits.pairs = 500_000_000
        limits.time = .seconds(300)
        return limits
    }()
}
