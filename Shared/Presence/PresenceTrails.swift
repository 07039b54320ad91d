/// Everybody's segments as they change: a chunk of a device is replaced whenever one of its fixes came.
///
/// It holds no fixes; whoever has them hands over all of a chunk. Hence what it holds follows from the sets of fixes alone,
/// whatever has come in which order, how often and in which batches. About two bytes a fix.
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

    /// Starts without segments.
    package init(settings: PresenceSettings = PresenceSettings()) {
        self.settings = settings
    }

    /// Segments a chunk anew.
    ///
    /// - Parameters:
    ///   - key: the device.
    ///   - number: the chunk; see ``TrailChunk/number(of:)``.
    ///   - fixes: all fixes of the device in the chunk, in any order, repeated or not; none forget the chunk.
    package mutating func replace(_ key: TrailKey, chunk number: Int64, with fixes: [Fix]) {
        let chunk = fixes.isEmpty ? nil : TrailChunk(of: key, fixes, settings: settings)
        chunks[key, default: [:]][number] = chunk
        if chunks[key]?.isEmpty == true { chunks[key] = nil }
    }

    /// Forgets a person.
    package mutating func erase(_ person: Int32) {
        chunks = chunks.filter { $0.key.person != person }
    }

    /// Forgets the chunks with lower numbers.
    package mutating func drop(before number: Int64) {
        let stale = chunks.filter { $0.value.keys.contains { $0 < number } }
        for (key, known) in stale {
            let rest = known.filter { $0.key >= number }
            chunks[key] = rest.isEmpty ? nil : rest
        }
    }

    /// Everybody's segments as they are now.
    ///
    /// - Parameter workers: how many tasks share the work.
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
