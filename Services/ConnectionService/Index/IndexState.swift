import Models
import Observability
import Persistence
import Proximity
import Synchronization

/// The index in memory with its stays and moves, as readers see it.
final class IndexState: Sendable {
    /// The index.
    let index: LiveIndex
    /// The stays and moves of the locations in the index.
    let presence: LivePresence
    let metrics: IndexMetrics
    private let membership = Mutex(IndexMembership())

    /// The index is empty.
    ///
    /// - Parameters:
    ///   - settings: the bounds of the index.
    ///   - compute: the threads for computing stays and moves.
    ///   - metrics: receives the `location_index_…` metrics.
    init(_ settings: IndexSettings, _ compute: ComputeThreads, _ metrics: MetricsRegistry) {
        index = LiveIndex(maximumCount: settings.maximumCount, maximumMerge: settings.sortedAtOnce)
        presence = LivePresence(index, settings.presence, compute)
        self.metrics = IndexMetrics(metrics, index)
    }

    /// Whether the index was loaded, even if it is outdated now.
    var isLoaded: Bool { withMembership { $0.isLoaded } }

    /// Whether the index has all messages that the queue had at the load.
    var isCurrent: Bool { withMembership { $0.isCurrent } }

    /// The time since the index had all messages of the queue, in seconds; 0 if it has.
    var secondsBehind: Double { metrics.secondsBehind }

    /// Whether a person existed at the last lookup, for when the database is unavailable.
    func knows(_ person: PersonID) -> Bool {
        withMembership { $0.persons.contains(person) }
    }

    /// Reads or changes the membership.
    func withMembership<Value: Sendable>(_ body: (inout IndexMembership) -> Value) -> Value {
        membership.withLock { body(&$0) }
    }

    /// Replaces the index after a load.
    func replace(with loaded: GridIndex, persons: [PersonID], positions: [Int: Int64], goal: [Int: Int64]) {
        withMembership { membership in
            membership.replace(persons: persons, positions: positions, goal: goal)
            index.replace(with: loaded)
            for time in membership.forgottenSinceLoad { index.remove(time.person, in: time.window) }
        }
        presence.noteReload()
    }

    /// Adds the locations of known persons.
    func add(_ locations: [Location]) {
        guard !locations.isEmpty else { return }
        let added = withMembership { membership in
            // The lock keeps the person from being erased in between.
            let added = locations.filter {
                membership.persons.contains($0.report.personID) && !membership.hasForgotten($0.report)
            }
            index.append(added)
            return added
        }
        presence.note(added)
    }

    /// Removes an erased person's locations.
    func erase(_ person: PersonID) {
        withMembership { membership in
            membership.persons.remove(person)
            index.erase(person)
        }
        presence.noteErasure(of: person)
    }

    /// Removes a person's locations of a time that is forgotten.
    ///
    /// - Parameters:
    ///   - time: the person, and the time.
    ///   - now: the current time; what comes later is not forgotten.
    func forget(_ time: ForgottenTime, at now: Timestamp) {
        // Clocks of phones may be ahead.
        let latest = Timestamp(microseconds: now.microseconds + LocationReport.clockTolerance)
        let end = time.until.map { $0 <= now ? $0 : latest } ?? latest
        let removed = ForgottenTime(person: time.person, since: time.since, until: end)
        withMembership { membership in
            membership.forget(removed, until: min(end, now))
            index.remove(time.person, in: removed.window)
        }
        presence.noteErasure(of: time.person)
    }

    /// Removes the locations of all persons that are missing from the archive.
    func eraseMissing(in archive: any LocationArchive) async throws {
        let present = withMembership { membership in
            membership.persons.doubt()
            return index.current.persons().union(membership.persons.persons)
        }
        let existing = try await archive.standing(of: Array(present)).existing
        for person in present.subtracting(existing) { erase(person) }
    }
}

extension ForgottenTime {
    /// The time as a window; to the end of all times without an end.
    fileprivate var window: TimeWindow {
        TimeWindow(microseconds: since.microseconds..<max(until?.microseconds ?? .max, since.microseconds + 1))
    }
}
