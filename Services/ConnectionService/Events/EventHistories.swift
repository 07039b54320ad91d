import Concurrency
import Models
import Persistence
import Presence
import Synchronization
import Venue

/// Reads the transmitters that devices noticed.
protocol SightingSource: Sendable {
    /// The sightings of some transmitters, by person.
    func sightings(of hints: Set<ZoneHint>) async throws -> [Int32: [ZoneSighting]]
}

extension ZoneHintStore: SightingSource {
    func sightings(of hints: Set<ZoneHint>) async throws -> [Int32: [ZoneSighting]] {
        var found: [Int32: [ZoneSighting]] = [:]
        for (person, time, hint) in try await sightings(of: hints)
            as [(person: PersonID, time: Timestamp, hint: ZoneHint)]
        {
            found[person.rawValue, default: []].append(ZoneSighting(time: time.microseconds, hint: hint))
        }
        return found
    }
}

/// Finds the visits of all persons when a question needs them, and keeps the latest ones.
///
/// After the first question, only the visits of persons with changed segments are found again. A person takes about a millisecond
/// for a day.
final class EventHistories: Sendable {
    private struct Kept: Sendable {
        let revision: Int
        let map: PresenceMap
        let sightings: [Int32: [ZoneSighting]]
        let readAt: ContinuousClock.Instant
        let presences: EventPresences
    }

    /// The time for which sightings are not read again, because that reads all of them.
    private static let sightingsLifetime = Duration.seconds(10)

    private let directory: EventDirectory
    private let sightings: any SightingSource
    private let compute: ComputeThreads
    private let kept = Mutex(Kept?.none)
    /// One at a time, because the next question needs little more than the one before.
    private let turn = AsyncSemaphore(width: 1)

    /// Persons per step, so that other questions take turns.
    private static let personsAtOnce = 32

    init(_ directory: EventDirectory, _ sightings: any SightingSource, _ compute: ComputeThreads) {
        self.directory = directory
        self.sightings = sightings
        self.compute = compute
    }

    /// The events without visits; for questions about their zones.
    var events: EventDirectory.State { directory.current }

    /// The visits in the segments of the index.
    ///
    /// - Throws: `PostgresError` if zones register transmitters and their sightings cannot be read.
    func presences(of map: PresenceMap) async throws -> EventPresences {
        guard directory.current.hasZones else { return EventPresences() }
        return try await turn.pass {
            let directory = directory.current
            let before = kept.withLock { $0 }.flatMap { $0.revision == directory.revision ? $0 : nil }
            let isFresh = before.map { $0.readAt.duration(to: .now) < Self.sightingsLifetime } ?? false
            let readAt = isFresh ? before?.readAt ?? .now : .now
            let sightings = isFresh ? before?.sightings ?? [:] : try await sightings(of: directory)
            let presences = try await presences(of: map, sightings, directory, behind: before)
            kept.withLock {
                $0 = Kept(
                    revision: directory.revision,
                    map: map,
                    sightings: sightings,
                    readAt: readAt,
                    presences: presences
                )
            }
            return presences
        }
    }

    /// The visits in segments that were built for one question.
    func presences(ofPast map: PresenceMap) async throws -> EventPresences {
        let directory = directory.current
        guard directory.hasZones else { return EventPresences() }
        return try await presences(of: map, try await sightings(of: directory), directory, behind: nil)
    }

    private func sightings(of directory: EventDirectory.State) async throws -> [Int32: [ZoneSighting]] {
        let hints = directory.events.reduce(into: Set()) { $0.formUnion($1.hints) }
        return hints.isEmpty ? [:] : try await sightings.sightings(of: hints)
    }

    private func presences(
        of map: PresenceMap,
        _ sightings: [Int32: [ZoneSighting]],
        _ directory: EventDirectory.State,
        behind before: Kept?
    ) async throws -> EventPresences {
        let changed = map.persons.filter { person in
            guard let before, before.sightings[person] == sightings[person] else { return true }
            return !map.hasSameSegments(of: person, as: before.map)
        }
        let gone = before.map { Set($0.map.persons).subtracting(map.persons) } ?? []
        var presences =
            before?.presences
            ?? EventPresences(
                events: directory.events.filter { !$0.plan.venue.zones.isEmpty }.map { EventPresence($0) }
            )
        guard !changed.isEmpty || !gone.isEmpty else { return presences }
        for place in presences.events.indices {
            let setup = presences.events[place].setup
            var found: [Int32: EventHistory] = [:]
            for start in stride(from: 0, to: changed.count, by: Self.personsAtOnce) {
                let part = changed[start..<min(start + Self.personsAtOnce, changed.count)]
                let histories = try await compute.run {
                    let finder = VisitFinder(setup.plan.venue)
                    return part.map { person in
                        (person, setup.history(of: map.segments(of: person), sightings[person] ?? [], finder))
                    }
                }
                for (person, history) in histories { found[person] = history }
            }
            presences.events[place].replace(found, removing: gone)
        }
        return presences
    }
}
