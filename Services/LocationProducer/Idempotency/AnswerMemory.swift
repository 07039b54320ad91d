import HTTPServer
import Models

/// Which keyed requests were answered and how, as events; bounded in bytes and time, the oldest is forgotten first.
struct AnswerMemory {
    /// What is known of a request that comes.
    enum Verdict {
        /// It is to be done; what has no time of its own came at this moment.
        case new(moment: Timestamp)
        /// It is being done.
        case running
        /// It was answered.
        case answered(Response, digest: [UInt8])
    }

    private enum Outcome {
        case running
        /// It may have been done in part, or not.
        case failed
        case answered(Response, digest: [UInt8])
    }

    private struct Entry {
        /// When it came first.
        let moment: Timestamp
        var outcome = Outcome.running
        var size: Int
        let serial: Int
    }

    /// About the bytes that an entry takes beside its answer.
    static let overhead = 1 << 10

    private let capacity: Int
    /// In microseconds.
    private let lifetime: Int64
    private var entries: [IdempotencyKey: Entry] = [:]
    private var order: [(key: IdempotencyKey, serial: Int)] = []
    private var first = 0
    private var size = 0
    private var nextSerial = 0

    /// - Parameters:
    ///   - capacity: the bytes of all answers.
    ///   - lifetime: how long an answer is good for, in microseconds.
    init(capacity: Int, lifetime: Int64) {
        self.capacity = capacity
        self.lifetime = lifetime
    }

    /// How many requests are known.
    var count: Int { entries.count }

    /// A request has come.
    mutating func begin(_ key: IdempotencyKey, now: Timestamp) -> Verdict {
        forget(until: now.microseconds - lifetime)
        guard var entry = entries[key] else {
            nextSerial += 1
            entries[key] = Entry(moment: now, size: Self.overhead, serial: nextSerial)
            order.append((key, nextSerial))
            size += Self.overhead
            forget()
            return .new(moment: now)
        }
        switch entry.outcome {
        case .running: return .running
        case .answered(let response, let digest): return .answered(response, digest: digest)
        case .failed:
            entry.outcome = .running
            entries[key] = entry
            return .new(moment: entry.moment)
        }
    }

    /// It has been answered.
    ///
    /// - Parameters:
    ///   - key: its key.
    ///   - response: the answer; `nil` if it failed, and is to be done again if it comes again.
    ///   - bytes: how many the answer has.
    ///   - digest: of what was asked.
    mutating func end(_ key: IdempotencyKey, _ response: Response?, size bytes: Int, digest: [UInt8]) {
        guard var entry = entries[key] else { return }
        entry.outcome = response.map { .answered($0, digest: digest) } ?? .failed
        let growth = Self.overhead + bytes - entry.size
        entry.size += growth
        size += growth
        entries[key] = entry
        forget()
    }

    /// Forgets from the oldest on: what came until a moment, in microseconds, and more if there is too much.
    private mutating func forget(until end: Int64 = .min) {
        while first < order.count {
            let (key, serial) = order[first]
            guard let entry = entries[key], entry.serial == serial else {
                first += 1
                continue
            }
            guard entry.moment.microseconds <= end || size > capacity else { break }
            entries[key] = nil
            size -= entry.size
            first += 1
        }
        if first > 1_024, first * 2 > order.count {
            order.removeFirst(first)
            first = 0
        }
    }
}
