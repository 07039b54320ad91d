import HTTPServer
import Models

/// A bounded memory of keyed requests and their answers, as a state machine; it evicts the oldest entries first.
///
/// Each client has its own keys and a share of the memory. A client's requests evict only its own answers, unless more
/// than sixteen clients fill their shares.
struct AnswerMemory {
    /// A key and its client.
    struct Name: Hashable {
        let client: String
        let key: IdempotencyKey
    }

    /// The state of an arriving request.
    enum Verdict {
        /// The request is new. It was first received at `moment`, the default time of its locations.
        case new(moment: Timestamp)
        /// The same request is in progress.
        case running
        /// The request was answered.
        case answered(Response, digest: [UInt8])
    }

    /// The outcome of a request.
    enum Outcome {
        /// It was answered; the digest is that of the request.
        case answered(Response, size: Int, digest: [UInt8])
        /// It failed, perhaps after a partial effect; a retry runs it again.
        case failed
        /// It was rejected without an effect.
        case refused
    }

    private enum State {
        case running
        case failed
        case answered(Response, digest: [UInt8])
    }

    private struct Entry {
        /// The time at which it was first received.
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

    /// Names in the order of arrival; evicted names may remain for a while.
    private struct Order {
        private var items: [(name: Name, serial: Int)] = []
        private var start = 0

        var count: Int { items.count }
        var first: (name: Name, serial: Int)? { start < items.count ? items[start] : nil }

        /// Appends a name; compacts the list if most of its names were evicted.
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

    /// About the bytes of an entry, without its answer.
    static let overhead = 1 << 10
    /// One client may fill one part in this many.
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
    ///   - lifetime: the lifetime of an answer, in microseconds.
    init(capacity: Int, lifetime: Int64) {
        self.capacity = capacity
        capacityOfClient = capacity / Self.clientShare
        self.lifetime = lifetime
    }

    /// The number of remembered requests.
    var count: Int { entries.count }
    /// The number of names in all lists, evicted ones included.
    var nameCount: Int { entries.count + order.count + shares.values.reduce(0) { $0 + $1.order.count } }

    /// Registers an arriving request.
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

    /// Stores the outcome of a request.
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

    /// Adds bytes to a client's share, and evicts its oldest answers if the share is exceeded.
    private mutating func grow(_ client: String, by bytes: Int) {
        size += bytes
        shares[client]?.size += bytes
        while let share = shares[client], share.size > capacityOfClient, let (name, serial) = share.order.first {
            shares[client]?.order.removeFirst()
            if let entry = entries[name], entry.serial == serial { remove(name, entry) }
        }
        forget()
    }

    /// Evicts the oldest entries: all that were received until `end`, and more if the capacity is exceeded.
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
