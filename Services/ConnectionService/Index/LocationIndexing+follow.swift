import Concurrency
import LocationProtocol
import LocationQueue
import Models
import Observability

extension LocationIndexing {
    /// The maximum number of pending locations that one lookup settles.
    private static let settledAtOnce = 10_000

    /// Adds the messages of all partitions to the index, until the queue no longer has an offset or the task is cancelled.
    func follow(from positions: [Int: Int64]) async throws {
        let tail = queue.tail(from: positions)
        var backoff = Backoff()
        var batches: [QueueBatch] = []
        var nextLook = ContinuousClock.now
        reachGoal()
        while true {
            do {
                if batches.isEmpty { batches = try await tail.next() }
                try await take(batches)
                if batches.isEmpty { state.metrics.noteComplete() }
                batches = []
                if .now >= nextLook {
                    try await lookAround()
                    nextLook = .now + .seconds(1)
                }
                backoff.reset()
            } catch let error as LocationQueueError where error.code == .offsetOutOfRange {
                throw error
            } catch let error as IndexOutdated {
                throw error
            } catch let error where !(error is CancellationError) {
                // The messages are kept and added later; none of them is in the index yet.
                let delay = backoff.next()
                logger.warning("Could not follow the queue", error: error, [.delay: .seconds(delay)])
                try await pause(delay)
            }
        }
    }

    /// Adds messages to the index: all of them or, if it throws, none.
    private func take(_ batches: [QueueBatch]) async throws {
        guard !batches.isEmpty else { return }
        let locations = kept(Self.readable(batches))
        try await ask(for: locations)
        let (known, doubtful, unknown) = state.withMembership { membership in
            let verdicts = Dictionary(grouping: locations, by: membership.persons.verdict(on:))
            return (verdicts[.known] ?? [], verdicts[.doubtful] ?? [], verdicts[.unknown] ?? [])
        }
        let stored = doubtful.isEmpty ? [] : try await archive.stored(of: doubtful)
        state.add(known + doubtful.filter { stored.contains($0.id) })
        let dropped = state.withMembership { $0.advance(behind: batches, pending: unknown) }
        if dropped > 0 {
            logger.warning(
                "Dropped locations of unknown persons: the waiting list is full",
                [.count: .integer(dropped)]
            )
        }
        reachGoal()
        state.metrics.noteDelay(since: batches.compactMap { $0.messages.first?.appendedAt }.min())
    }

    private static func readable(_ batches: [QueueBatch]) -> [Location] {
        var locations: [Location] = []
        locations.reserveCapacity(batches.reduce(0) { $0 + $1.messages.count })
        for batch in batches {
            for message in batch.messages {
                // The consumer writes malformed messages as dead letters.
                guard let (location, _) = try? batch.location(of: message) else { continue }
                locations.append(location)
            }
        }
        return locations
    }

    /// Looks up the unknown persons of some locations.
    private func ask(for locations: [Location]) async throws {
        while true {
            let (unknown, version) = state.withMembership { ($0.unknownPersons(of: locations), $0.persons.version) }
            guard !unknown.isEmpty else { return }
            let standing = try await archive.standing(of: Array(unknown.keys))
            let isSettled = state.withMembership { membership in
                // A person found by the lookup may have been erased since.
                guard membership.persons.version == version else { return false }
                for person in standing.existing {
                    let partition = unknown[person] ?? 0
                    membership.persons.insert(person, at: standing.offsets[partition] ?? 0)
                }
                return true
            }
            if isSettled { return }
        }
    }

    private func reachGoal() {
        if state.withMembership({ $0.reachGoal() }) { logger.info("The index is current") }
    }

    /// Measures the lag and settles pending locations, once a second.
    private func lookAround() async throws {
        guard !state.withMembership({ $0.needsReload }) else { throw IndexOutdated() }
        let ends = try await queue.ends()
        let positions = state.withMembership { $0.positions }
        for (partition, position) in positions where position > ends[partition] ?? 0 {
            // The queue was recreated.
            throw LocationQueueError(.offsetOutOfRange)
        }
        // The partitions of a second region were added.
        guard ends.keys.allSatisfy({ positions[$0] != nil }) else { throw IndexOutdated() }
        state.metrics.note(lag: ends.reduce(0) { $0 + $1.value - (positions[$1.key] ?? 0) })
        try await settlePending()
    }

    /// Adds pending locations that the consumer has stored, and drops those that became dead letters.
    private func settlePending() async throws {
        let pending = state.withMembership { $0.pending }
        state.metrics.withheld.set(pending.count)
        guard !pending.isEmpty else { return }
        let offsets = try await archive.standing(of: []).offsets
        let ripe = pending.prefix(Self.settledAtOnce).filter { location in
            location.id.place.map { $0.offset < offsets[$0.partition] ?? 0 } ?? true
        }
        guard !ripe.isEmpty else { return }
        let ids = try await archive.stored(of: ripe)
        let stored = ripe.filter { ids.contains($0.id) }
        try await ask(for: stored)
        state.add(stored)
        state.withMembership { $0.settle(Set(ripe.map(\.id))) }
    }
}
