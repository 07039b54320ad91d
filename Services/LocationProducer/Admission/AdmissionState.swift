/// The requests in progress, as a state machine.
///
/// A request is admitted by its head, before its body is read. While the body arrives it counts as work, because it
/// soon will be. A slow body takes memory, but no longer blocks other requests.
struct AdmissionState {
    /// Identifies a request in progress.
    typealias ID = UInt64

    private enum Phase {
        /// Its body arrives; it counts as work.
        case arriving
        /// It waits for the rest of a slow body.
        case waiting
        case working(since: ContinuousClock.Instant)
    }

    private struct Entry {
        var cost: Int
        let memory: Int
        var phase = Phase.arriving
        /// Whether a part of it was already processed.
        var hasBegun = false
    }

    /// The time after which an arriving body counts as slow.
    static let slowBodyDelay = Duration.milliseconds(250)

    private(set) var limit: AdmissionLimit
    /// The bytes in progress, those of arriving bodies included.
    private(set) var work = 0
    private var workers = 0
    private var memoryLeft: Int
    private var entries: [ID: Entry] = [:]
    private var nextID: ID = 0
    /// The admitted requests, oldest first, that have not been checked for slowness.
    private var arrivals: [(id: ID, moment: ContinuousClock.Instant)] = []

    /// - Parameter capacity: the maximum memory of all requests.
    init(capacity: Int) {
        limit = AdmissionLimit(maximum: capacity)
        memoryLeft = capacity
    }

    /// Admits a request if there is room.
    ///
    /// The caller must end it.
    ///
    /// - Parameters:
    ///   - cost: about the bytes to process.
    ///   - memory: the bytes that are in memory at once.
    ///   - now: the time.
    /// - Returns: the request's id; `nil` if the client should retry later.
    mutating func admit(cost: Int, memory: Int, now: ContinuousClock.Instant) -> ID? {
        guard wouldAdmit(cost: cost, memory: memory, now: now) else { return nil }
        nextID += 1
        memoryLeft -= memory
        entries[nextID] = Entry(cost: cost, memory: memory)
        arrivals.append((nextID, now))
        if arrivals.count > 64, arrivals.count > 2 * entries.count { arrivals.removeAll { entries[$0.id] == nil } }
        count(cost, 1)
        return nextID
    }

    /// Whether a request would be admitted.
    mutating func wouldAdmit(cost: Int, memory: Int, now: ContinuousClock.Instant) -> Bool {
        guard memory <= memoryLeft else { return false }
        if hasRoom(for: cost) { return true }
        setAsideSlow(now)
        return hasRoom(for: cost)
    }

    /// Starts to process the part of a request that has arrived.
    ///
    /// - Parameters:
    ///   - id: the request.
    ///   - cost: the actual number of bytes.
    ///   - now: the time.
    /// - Returns: whether there is room for it; always `true` after its first part.
    mutating func beginWork(_ id: ID, cost: Int, now: ContinuousClock.Instant) -> Bool {
        guard var entry = entries[id] else { return false }
        switch entry.phase {
        case .waiting:
            guard entry.hasBegun || hasRoom(for: cost) else { return false }
            count(cost, 1)
        case .arriving, .working: count(cost - entry.cost, 0)
        }
        entry.cost = cost
        entry.phase = .working(since: now)
        entry.hasBegun = true
        entries[id] = entry
        return true
    }

    /// Ends the processing of a part; more parts may follow.
    mutating func endWork(_ id: ID, now: ContinuousClock.Instant) {
        guard var entry = entries[id], case .working(let start) = entry.phase else { return }
        limit.finish(cost: entry.cost, after: now - start, inProgress: work, workers: workers, now: now)
        entry.phase = .waiting
        entries[id] = entry
        count(-entry.cost, -1)
    }

    /// Ends the request.
    mutating func end(_ id: ID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        memoryLeft += entry.memory
        if case .waiting = entry.phase { return }
        count(-entry.cost, -1)
    }

    /// Reserves memory for messages of an admitted stream, whose window limits the sender.
    ///
    /// - Returns: whether there was enough memory.
    mutating func reserve(_ bytes: Int) -> Bool {
        guard bytes <= memoryLeft else { return false }
        memoryLeft -= bytes
        return true
    }

    /// Releases reserved memory.
    mutating func release(_ bytes: Int) {
        memoryLeft += bytes
    }

    private func hasRoom(for cost: Int) -> Bool {
        workers < AdmissionLimit.few || work + cost <= limit.bytes
    }

    private mutating func count(_ cost: Int, _ number: Int) {
        work += cost
        workers += number
    }

    /// Lets slow bodies no longer count as work.
    private mutating func setAsideSlow(_ now: ContinuousClock.Instant) {
        var seen = 0
        for (id, moment) in arrivals {
            guard moment + Self.slowBodyDelay <= now else { break }
            seen += 1
            guard var entry = entries[id], case .arriving = entry.phase else { continue }
            entry.phase = .waiting
            entries[id] = entry
            count(-entry.cost, -1)
        }
        arrivals.removeFirst(seen)
    }
}
