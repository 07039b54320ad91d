/// The requests in progress, as events: who is let in, who is worked on, who is waited for.
///
/// A request is admitted at its head, before its body is read. While its body comes it counts as work, because it soon will
/// be; but one that is slow to come is waited for: it takes memory and keeps nobody out until it is there.
struct AdmissionState {
    /// Names a request in progress.
    typealias ID = UInt64

    private enum Phase {
        /// Counts as work, because it soon will be.
        case arriving
        /// More of it is yet to come.
        case waiting
        case working(since: ContinuousClock.Instant)
    }

    private struct Entry {
        var cost: Int
        let memory: Int
        var phase = Phase.arriving
        /// Whether some of it has been worked on, so that it is in the middle.
        var hasBegun = false
    }

    /// How long a body may be on its way before it counts as slow.
    static let patience = Duration.milliseconds(250)

    private(set) var limit: AdmissionLimit
    /// The bytes that are worked on, or soon will be.
    private(set) var work = 0
    private var workers = 0
    private var memoryLeft: Int
    private var entries: [ID: Entry] = [:]
    private var nextID: ID = 0
    /// Those that were admitted, the oldest first, until they have been looked at once.
    private var arrivals: [(id: ID, moment: ContinuousClock.Instant)] = []

    /// - Parameter capacity: the bytes that all requests together may hold.
    init(capacity: Int) {
        limit = AdmissionLimit(maximum: capacity)
        memoryLeft = capacity
    }

    /// Lets a request in if there is room; it is to be ended again.
    ///
    /// - Parameters:
    ///   - cost: about the bytes that are to be worked on.
    ///   - memory: the bytes of it that are in memory at once.
    ///   - now: the time.
    /// - Returns: what names it; `nil` if it has to come again later.
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

    /// Whether a request would be let in.
    mutating func wouldAdmit(cost: Int, memory: Int, now: ContinuousClock.Instant) -> Bool {
        guard memory <= memoryLeft else { return false }
        if hasRoom(for: cost) { return true }
        setAsideSlow(now)
        return hasRoom(for: cost)
    }

    /// What there is of a request is worked on from now on.
    ///
    /// - Parameters:
    ///   - id: the request.
    ///   - cost: the bytes that there turned out to be.
    ///   - now: the time.
    /// - Returns: whether there is still room for it, if it was slow to come; always if some of it has been done already.
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

    /// That has been done; more of the request may come.
    mutating func endWork(_ id: ID, now: ContinuousClock.Instant) {
        guard var entry = entries[id], case .working(let start) = entry.phase else { return }
        limit.finish(cost: entry.cost, after: now - start, inProgress: work, workers: workers, now: now)
        entry.phase = .waiting
        entries[id] = entry
        count(-entry.cost, -1)
    }

    /// The request is over.
    mutating func end(_ id: ID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        memoryLeft += entry.memory
        if case .waiting = entry.phase { return }
        count(-entry.cost, -1)
    }

    /// Takes memory for what has been let in and is waited for by a sender who is held back otherwise.
    ///
    /// - Returns: whether there was so much.
    mutating func reserve(_ bytes: Int) -> Bool {
        guard bytes <= memoryLeft else { return false }
        memoryLeft -= bytes
        return true
    }

    /// Gives back what was reserved.
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

    /// Looks at those that were admitted long enough ago to have come.
    private mutating func setAsideSlow(_ now: ContinuousClock.Instant) {
        var seen = 0
        for (id, moment) in arrivals {
            guard moment + Self.patience <= now else { break }
            seen += 1
            guard var entry = entries[id], case .arriving = entry.phase else { continue }
            entry.phase = .waiting
            entries[id] = entry
            count(-entry.cost, -1)
        }
        arrivals.removeFirst(seen)
    }
}
