import LocationQueue
import Models
import Observability
import Proximity

extension LocationIndexing {
    /// Loads all stored locations into the index; returns the offsets at which to follow the partitions.
    func load() async throws -> [Int: Int64] {
        let began = ContinuousClock.now
        state.withMembership { $0.beginLoad() }
        let firstDay = settings.firstDay(at: .now())
        let builder = GridIndexBuilder(
            from: firstDay,
            maximumCount: settings.maximumCount,
            segmentCount: settings.sortedAtOnce
        )
        let (offsets, persons) = try await archive.load(from: firstDay) { chunk in
            try await compute.run { builder.add(kept(chunk)) }
        }
        let loaded = try await compute.run { builder.finish() }
        let ends = try await queue.ends()
        let positions = try Self.positions(offsets, ends)
        state.replace(with: loaded, persons: persons, positions: positions, goal: ends)
        // Persons may have been erased since the snapshot, before the process listened.
        try await state.eraseMissing(in: archive)
        let duration = ContinuousClock.now - began
        state.metrics.loads.observe(duration)
        logger.info("Loaded the index", [.count: .integer(loaded.count), .duration: .seconds(duration)])
        if let first = loaded.firstDay, first != firstDay {
            logger.warning(
                "The index is full: older days are answered from the database",
                [.limit: .integer(settings.maximumCount)]
            )
        }
        return positions
    }

    private static func positions(_ offsets: [Int: Int64], _ ends: [Int: Int64]) throws -> [Int: Int64] {
        var positions = ends.mapValues { _ in 0 as Int64 }
        for (partition, offset) in offsets {
            // The database is ahead of the queue, so the queue was recreated: continuing would lose messages.
            guard offset <= ends[partition] ?? 0 else { throw LocationQueueError(.offsetOutOfRange) }
            if offset > 0 { positions[partition] = offset }
        }
        return positions
    }
}
