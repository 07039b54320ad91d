import HTTPServer
import Models

/// Which keyed requests were answered and how, as events; bounded in bytes and time, the oldest is forgotten first.
///
/// Each client has keys of its own and a share of the memory: what it sends makes only its own answers go, unless more than
/// sixteen clients fill their shares.
struct AnswerMemory {
    /// A key and whose it is.
    struct Name: Hashable {
        let client: String
        let key: IdempotencyKey
    }

    /// What is known of a request that comes.
    enum Verdict {
        /// It is to be done; what has no time of its own came at this moment.
        case new(moment: Timestamp)
        /// It is being done.
        case running
        /// It was answered.
        case answered(Response, digest: [UInt8])
    }

    /// The outcome of a request.
    enum Outcome {
        /// The digest is that of what was asked.
        case answered(Response, size: Int, digest: [UInt8])
        /// It failed, perhaps after a partial effect; a retry runs it again.
        case failed
        /// It was refused, and nothing was done.
        case refused
    }

    private enum State {
        case running
        case failed
        case answered(Response, digest: [UInt8])
    }

    private struct Entry {
        /// When it came first.
        let moment: Timestamp
        var state = State.running
        var size = AnswerMemory.overhead
        let serial: Int
    }

    /// The entries of one client.
    private struct Share {
        var order = Order()
        var size = 0
    }

    /// Names in the order of their coming; those of what was forgotten out of turn stay for a while.
    private struct Order {
        private var items: [(name: Name, serial: Int)] = []
        private var start = 0

        var count: Int { items.count }
        var first: (name: Name, serial: Int)? { start < items.count ? items[start] : nil }

        /// Appends a name; leaves out what is no longer known if that is most of it.
        mutating func append(_ name: Name, _ serial: Int, among entries: [Name: Entry], known: Int) {
            if items.count - start > 2 * known + 64 {
                items = items[start...].filter { entries[$0.name]?.serial == $0.serial }
                start = 0
            }
            items.append((name, serial))
        }

        mutating func removeFirst() {
            start += 1
            if start > 64, start * 2 > items.count {
                items.removeFirst(start)
                start = 0
            }
        }
    }

    /// About the bytes that an entry takes beside its answer.
    static let overhead = 1 << 10
    /// The part of the memory that one client may fill.
    static let clientShare = 16

    private let capacity: Int
    private let capacityOfClient: Int
    /// In microseconds.
    private let lifetime: Int64
    private var entries: [Name: Entry] = [:]
    private var shares: [String: Share] = [:]
    private var order = Order()
    private var size = 0
    private var nextSerial = 0

    /// - Parameters:
    ///   - capacity: the bytes of all answers.
    ///   - lifetime: how long an answer is good for, in microseconds.
    init(capacity: Int, lifetime: Int64) {
        self.capacity = capacity
        capacityOfClient = capacity / Self.clientShare
        self.lifetime = lifetime
    }

    /// How many requests are known.
    var count: Int { entries.count }
    /// The most names in all, evicted ones included.
    var nameCount: Int { entries.count + order.count + shares.values.reduce(0) { $0 + $1.order.count } }

    /// A request has come.
    mutating func begin(_ name: Name, now: Timestamp) -> Verdict {
        forget(until: now.microseconds - lifetime)
        guard var entry = entries[name] else {
            nextSerial += 1
            entries[name] = Entry(moment: now, serial: nextSerial)
            order.append(name, nextSerial, among: entries, known: entries.count)
            let known = (shares[name.client]?.size ?? 0) / Self.overhead
            shares[name.client, default: Share()].order.append(name, nextSerial, among: entries, known: known)
            grow(name.client, by: Self.overhead)
            return .new(moment: now)
        }
        switch entry.state {
        case .running: return .running
        case .answered(let response, let digest): return .answered(response, digest: digest)
        case .failed:
            entry.state = .running
            entries[name] = entry
            return .new(moment: entry.moment)
        }
    }

    /// A request has been dealt with.
    mutating func end(_ name: Name, _ outcome: Outcome) {
        guard var entry = entries[name] else { return }
        var growth = 0
        switch outcome {
        case .refused: return remove(name, entry)
        case .failed: entry.state = .failed
        case .answered(let response, let bytes, let digest):
            entry.state = .answered(response, digest: digest)
            growth = Self.overhead + bytes - entry.size
        }
        entry.size += growth
        entries[name] = entry
        grow(name.client, by: growth)
    }

    /// Counts bytes of a client, and forgets its oldest answers if it has too many.
    private mutating func grow(_ client: String, by bytes: Int) {
        size += bytes
        shares[client]?.size += bytes
        while let share = shares[client], share.size > capacityOfClient, let (name, serial) = share.order.first {
            shares[client]?.order.removeFirst()
            if let entry = entries[name], entry.serial == serial { remove(name, entry) }
        }
        forget()
    }

    /// Forgets from the oldest on: what came until a moment, in microseconds, and more if there is too much.
    private mutating func forget(until end: Int64 = .min) {
        while let (name, serial) = order.first {
            if let entry = entries[name], entry.serial == serial {
                guard entry.moment.microseconds <= end || size > capacity else { return }
                remove(name, entry)
            }
            order.removeFirst()
        }
    }

    private mutating func remove(_ name: Name, _ entry: Entry) {
        entries[name] = nil
        size -= entry.size
        shares[name.client]?.size -= entry.size
        if shares[name.client]?.size == 0 { shares[name.client] = nil }
    }
}
