/// The segments of all persons.
///
/// A new fix replaces the chunk of the device that it belongs to.
///
/// This type stores no fixes; the caller passes all fixes of a chunk. The result depends only on the sets of fixes, not on their
/// order, repetitions or batches. It takes about two bytes a fix.
///
/// ```swift
/// var trails = PresenceTrails()
/// trails.replace(key, chunk: TrailChunk.number(of: fix.time), with: fixesOfThatChunk)
/// let map = await trails.map()
/// let people = map.answers(of: person, rule)
/// ```
package struct PresenceTrails: Sendable {
    private let settings: PresenceSettings
    private var chunks: [TrailKey: [Int64: TrailChunk]] = [:]

    /// Creates an empty collection.
    package init(settings: PresenceSettings = PresenceSettings()) {
        self.settings = settings
    }

    /// Replaces the segments of a chunk.
    ///
    /// - Parameters:
    ///   - key: the device.
    ///   - number: the chunk; see ``TrailChunk/number(of:)``.
    ///   - fixes: all fixes of the device in the chunk, in any order, with or without repetitions; an empty list removes the chunk.
    package mutating func replace(_ key: TrailKey, chunk number: Int64, with fixes: [Fix]) {
        let chunk = fixes.isEmpty ? nil : TrailChunk(of: key, fixes, settings: settings)
        chunks[key, default: [:]][number] = chunk
        if chunks[key]?.isEmpty == true { chunks[key] = nil }
    }

    /// Removes a person.
    package mutating func erase(_ person: Int32) {
        chunks = chunks.filter { $0.key.person != person }
    }

    /// Removes the chunks with lower numbers.
    package mutating func drop(before number: Int64) {
        let stale = chunks.filter { $0.value.keys.contains { $0 < number } }
        for (key, known) in stale {
            let rest = known.filter { $0.key >= number }
            chunks[key] = rest.isEmpty ? nil : rest
        }
    }

    /// Builds a map of all segments.
    ///
    /// - Parameter workers: the number of concurrent tasks.
    /// - Returns: the map.
    package func map(workers: Int = 1) async -> PresenceMap {
        let devices = chunks.sorted { $0.key < $1.key }.map { key, chunks in
            (key.person, chunks.sorted { $0.key < $1.key }.map(\.value))
        }
        let persons = Dictionary(grouping: devices) { $0.0 }
        return await PresenceMap(
            persons.mapValues { PersonSegments($0.map(\.1), settings: settings) },
            settings: settings,
            workers: workers
        )
    }
}
