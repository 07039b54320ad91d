import HTTPServer
import Models
import Presence
import Proximity
import Synchronization

/// The segments of all persons, kept as fresh as the index.
///
/// The writers of the index note what they have changed. One task segments these parts anew and publishes the next map;
/// readers take the latest one.
final class LivePresence: Sendable {
    /// The state at one moment.
    struct Snapshot: Sendable {
        /// The segments.
        let map: PresenceMap
        /// The locations behind them.
        let index: GridIndex
    }

    private struct State {
        var changes = PresenceChanges()
        /// How many changes were noted, and how many of them the snapshot has.
        var (noted, published) = (0, 0)
        var snapshot: Snapshot?
        var tickets = 0
        var waiting: [Int: (noted: Int, entry: CheckedContinuation<Void, Never>)] = [:]
        /// Ends the pause between two maps when a question waits.
        var pause: CheckedContinuation<Void, Never>?
    }

    /// Wakes the streams of persons whose answers may have changed.
    let watchers = PersonWatchers()
    /// What the model assumes.
    let settings: PresenceSettings

    private let index: LiveIndex
    private let compute: ComputeThreads
    private let state = Mutex(State())
    private let trails: Mutex<PresenceTrails>
    private let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// How long a question waits for a map that has everything that was noted before.
    private static let patience = Duration.seconds(2)
    /// The pause between two maps, in times that a map took: without questions the work takes a third of a processor at most.
    private static let pause = 2
    /// How many threads make a map.
    private static let workers = 2

    /// Creates the segments of an index without locations.
    init(_ index: LiveIndex, _ settings: PresenceSettings, _ compute: ComputeThreads) {
        self.index = index
        self.settings = settings
        self.compute = compute
        trails = Mutex(PresenceTrails(settings: settings))
    }

    // MARK: Writers

    /// Notes that the index has new locations.
    func note(_ locations: [Location]) {
        note { $0.note(locations) }
        watchers.notify(.trail, Set(locations.lazy.map(\.report.personID.rawValue)))
    }

    /// Notes that the index has no locations of a person any more.
    func noteErasure(of person: PersonID) {
        note { $0.noteErasure(of: person) }
        watchers.notify(.trail, [person.rawValue])
    }

    /// Notes that the index is another one.
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

    /// The latest snapshot, `nil` until the index has been loaded once.
    var latest: Snapshot? { state.withLock { $0.snapshot } }

    /// A snapshot that has every change noted before, `nil` until the index has been loaded once.
    ///
    /// It waits for the map, 2 s at most; then it is the latest one. A million locations take some tenths of a second.
    func snapshot() async -> Snapshot? {
        let (snapshot, missing) = state.withLock { state in
            (state.snapshot, state.published < state.noted ? state.noted : nil)
        }
        guard let missing else { return snapshot }
        await withTaskGroup { group in
            group.addTask { await self.wait(for: missing) }
            group.addTask { try? await Task.sleep(for: Self.patience) }
            await group.next()
            group.cancelAll()
        }
        return latest
    }

    /// Whether there is a snapshot.
    var isLoaded: Bool { state.withLock { $0.snapshot != nil } }

    private func wait(for noted: Int) async {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { entry in
                let (isOver, pause) = state.withLock { state in
                    if Task.isCancelled || state.published >= noted { return (true, state.pause.take()) }
                    state.waiting[ticket] = (noted, entry)
                    return (false, state.pause.take())
                }
                if isOver { entry.resume() }
                pause?.resume()
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.entry.resume()
        }
    }

    // MARK: The next map

    /// Publishes maps until the task is cancelled.
    func run() async throws {
        for await _ in wakes {
            let began = ContinuousClock.now
            try await publishNext()
            try await pause(for: began.duration(to: .now) * Self.pause)
        }
        try Task.checkCancellation()
    }

    /// Sleeps until the time is over or a question waits.
    private func pause(for duration: Duration) async throws {
        await withTaskGroup { group in
            group.addTask { try? await Task.sleep(for: duration) }
            group.addTask { await self.waitForQuestion() }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private func waitForQuestion() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { entry in
                let isOver = state.withLock { state in
                    if Task.isCancelled || !state.waiting.isEmpty { return true }
                    state.pause = entry
                    return false
                }
                if isOver { entry.resume() }
            }
        } onCancel: {
            state.withLock { $0.pause.take() }?.resume()
        }
    }

    /// Makes the map of everything that was noted, and publishes it.
    func publishNext() async throws {
        let (changes, noted) = state.withLock { state in
            defer { state.changes = PresenceChanges() }
            return (state.changes, state.noted)
        }
        // The index has what was noted before it is read.
        let index = self.index.current
        try await compute.run {
            self.trails.withLock { changes.apply(to: &$0, from: index, settings: self.settings) }
        }
        let trails = self.trails.withLock { $0 }
        let map = await compute.runTasks { await trails.map(workers: Self.workers) }
        let (before, ready) = state.withLock { state in
            let before = state.snapshot?.map
            // Nothing was loaded before the first reload.
            if before != nil || changes.isReload { state.snapshot = Snapshot(map: map, index: index) }
            state.published = noted
            let ready = state.waiting.filter { $0.value.noted <= noted }
            for ticket in ready.keys { state.waiting[ticket] = nil }
            return (before, ready.values)
        }
        for waiter in ready { waiter.entry.resume() }
        if changes.isReload {
            watchers.notifyAll(.meetings)
        } else {
            watchers.notify(changes.persons, during: changes.span, in: [before, map].compactMap { $0 })
        }
    }
}
