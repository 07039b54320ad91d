import Concurrency
import HTTPServer
import Models
import Presence
import Proximity
import Synchronization

/// The segments of all persons, updated with the index.
///
/// Writers of the index record their changes here. One task segments the changed parts and publishes a new map. Readers use the
/// latest map.
final class LivePresence: Sendable {
    /// A consistent pair of segments and index.
    struct Snapshot: Sendable {
        /// The segments.
        let map: PresenceMap
        /// The locations that the segments were computed from.
        let index: GridIndex
    }

    private struct State {
        var changes = PresenceChanges()
        /// The number of recorded changes, and the number of changes in the snapshot.
        var (noted, published) = (0, 0)
        var snapshot: Snapshot?
        /// Requests that wait for a map.
        var readers = WaitList<Void>()
        /// Whether a request has asked for the next map.
        var isAsked = false
        /// The pause between two maps, which ends early when a request asks.
        var pause = WaitList<Void>()
    }

    /// Wakes the streams of persons whose answers may have changed.
    let watchers = PersonWatchers()
    /// The persons whose facts the publisher compares next.
    let changed = ChangedPersons()
    /// The persons with new locations since the last pass of the search for nudges.
    let moved = ChangedPersons()
    /// The model's assumptions.
    let settings: PresenceSettings

    private let index: LiveIndex
    private let compute: ComputeThreads
    private let state = Mutex(State())
    private let trails: Mutex<PresenceTrails>
    private let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Maximum time that a request waits for a map with all changes recorded before it.
    private static let maximumWait = Duration.seconds(2)
    /// The pause between two maps, as a multiple of the time for a map.
    ///
    /// Without requests, maps use at most a third of a processor.
    private static let pauseFactor = 2
    /// Number of threads that build a map.
    private static let workers = 2

    /// Creates the segments of an empty index.
    init(_ index: LiveIndex, _ settings: PresenceSettings, _ compute: ComputeThreads) {
        self.index = index
        self.settings = settings
        self.compute = compute
        trails = Mutex(PresenceTrails(settings: settings))
    }

    // MARK: Writers

    /// Records new locations in the index.
    func note(_ locations: [Location]) {
        note { $0.note(locations) }
        watchers.notify(.trail, Set(locations.lazy.map(\.report.personID.rawValue)))
    }

    /// Records the removal of a person's locations from the index, of all or of some.
    func noteErasure(of person: PersonID) {
        note { $0.noteErasure(of: person) }
        watchers.notify(.trail, [person.rawValue])
    }

    /// Records that the index was loaded again.
    func noteReload() {
        note { $0.noteReload() }
        watchers.notifyAll(.trail)
    }

    private func note(_ change: (inout PresenceChanges) -> Void) {
        state.withLock { state in
            change(&state.changes)
            state.noted += 1
        }
        waker.yield()
    }

    // MARK: Readers

    /// The latest snapshot; `nil` until the index is loaded.
    var latest: Snapshot? { state.withLock { $0.snapshot } }

    /// A snapshot with all changes recorded so far; `nil` until the index is loaded.
    ///
    /// Waits at most 2 s for the map, then returns the latest one. A map of a million locations takes some tenths of a second.
    func snapshot() async -> Snapshot? {
        let (snapshot, missing) = state.withLock { state in
            (state.snapshot, state.published < state.noted ? state.noted : nil)
        }
        guard let missing else { return snapshot }
        await withTaskGroup { group in
            group.addTask { await self.wait(for: missing) }
            group.addTask { try? await Task.sleep(for: Self.maximumWait) }
            await group.next()
            group.cancelAll()
        }
        return latest
    }

    /// Whether there is a snapshot.
    var isLoaded: Bool { state.withLock { $0.snapshot != nil } }

    private func wait(for noted: Int) async {
        let pause = state.withLock { state in
            state.isAsked = true
            return state.pause.takeFirst()
        }
        pause?.resume()
        while state.withLock({ $0.published < noted }) {
            guard await state.wait(in: \.readers, unless: { $0.published >= noted ? () : nil }) != nil else { return }
        }
    }

    // MARK: The next map

    /// Publishes maps until the task is cancelled.
    func run() async throws {
        for await _ in wakes {
            let began = ContinuousClock.now
            try await publishNext()
            try await pause(for: began.duration(to: .now) * Self.pauseFactor)
        }
        try Task.checkCancellation()
    }

    /// Sleeps for the duration, or until a request waits.
    private func pause(for duration: Duration) async throws {
        await withTaskGroup { group in
            group.addTask { try? await Task.sleep(for: duration) }
            group.addTask { await self.state.wait(in: \.pause) { $0.isAsked ? () : nil } }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    /// Builds and publishes a map with all recorded changes.
    func publishNext() async throws {
        let (changes, noted) = state.withLock { state in
            defer { (state.changes, state.isAsked) = (PresenceChanges(), false) }
            return (state.changes, state.noted)
        }
        // Read the index after the recorded changes, so that it contains them.
        let index = self.index.current
        try await compute.run {
            self.trails.withLock { changes.apply(to: &$0, from: index, settings: self.settings) }
        }
        let trails = self.trails.withLock { $0 }
        let map = await compute.runTasks { await trails.map(workers: Self.workers) }
        let (before, readers) = state.withLock { state in
            let before = state.snapshot?.map
            // Before the first reload, the index is empty.
            if before != nil || changes.isReload { state.snapshot = Snapshot(map: map, index: index) }
            state.published = noted
            return (before, state.readers.takeAll())
        }
        for reader in readers { reader.resume() }
        if changes.isReload {
            changed.noteAll()
            moved.noteAll()
            watchers.notifyAll(.meetings)
        } else {
            changed.note(changes.persons)
            moved.note(changes.persons)
            watchers.notify(changes.persons, during: changes.span, in: [before, map].compactMap { $0 })
        }
    }
}
