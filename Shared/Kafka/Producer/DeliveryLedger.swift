/// The callers that wait for the delivery of records.
///
/// Its events return what to do after releasing the lock.
struct DeliveryLedger {
    typealias Outcome = Result<[KafkaPlace], KafkaError>
    typealias Answer = @Sendable (Outcome) -> Void

    /// The decision on records to send.
    enum Admission {
        /// Send them under this ticket.
        case accepted(UInt32)
        /// Refused.
        case refused(KafkaError)
    }

    /// A waiting caller and its answer.
    struct Settlement: Sendable {
        let answer: Answer
        let outcome: Outcome
    }

    private struct Entry {
        var places: [KafkaPlace]
        var missing: Int
        var error: KafkaError?
        let bytes: Int
        let answer: Answer
    }

    private let maximumRecords: Int
    private let maximumBytes: Int
    private var entries: [UInt32: Entry] = [:]
    private var lastTicket: UInt32 = 0
    private var recordCount = 0
    private var byteCount = 0
    private var isStopped = false

    /// - Parameters:
    ///   - maximumRecords: how many records may wait.
    ///   - maximumBytes: how many bytes of records may wait.
    init(maximumRecords: Int, maximumBytes: Int) {
        self.maximumRecords = maximumRecords
        self.maximumBytes = maximumBytes
    }

    /// Whether no caller waits or will wait.
    var hasEnded: Bool { isStopped && entries.isEmpty }

    /// The tickets of the waiting callers.
    var tickets: [UInt32] { Array(entries.keys) }

    /// Admits `count` records, all or none.
    mutating func admit(count: Int, bytes: Int, answer: @escaping Answer) -> Admission {
        guard !isStopped else {
            return .refused(KafkaError(.stopped, "The producer has been stopped."))
        }
        guard recordCount + count <= maximumRecords, byteCount + bytes <= maximumBytes else {
            return .refused(
                KafkaError(.queueFull, "The limit of undelivered records is reached.", isRetriable: true)
            )
        }
        repeat { lastTicket &+= 1 } while lastTicket == 0 || entries[lastTicket] != nil
        recordCount += count
        byteCount += bytes
        entries[lastTicket] = Entry(
            places: Array(repeating: KafkaPlace(partition: 0, offset: -1), count: count),
            missing: count,
            bytes: bytes,
            answer: answer
        )
        return .accepted(lastTicket)
    }

    /// Records delivery reports; returns the callers whose records are settled.
    mutating func settle(_ reports: [DeliveryReport]) -> [Settlement] {
        var settlements: [Settlement] = []
        for report in reports {
            guard let slot = entries.index(forKey: report.ticket) else { continue }
            switch report.result {
            case .success(let place) where place.offset >= 0:
                entries.values[slot].places[report.index] = place
            case .success:
                // The broker already had the record and does not report its offset: the sender repeats it, which is
                // harmless.
                entries.values[slot].error = KafkaError(
                    .unavailable,
                    "Kafka did not report the offset of a record.",
                    isRetriable: true
                )
            case .failure(let error):
                entries.values[slot].error = error
            }
            entries.values[slot].missing -= 1
            if entries.values[slot].missing == 0 { settlements.append(remove(report.ticket, at: slot)) }
        }
        return settlements
    }

    /// Fails the callers with these tickets.
    mutating func fail(_ tickets: [UInt32], _ error: KafkaError) -> [Settlement] {
        tickets.compactMap { ticket in
            guard let slot = entries.index(forKey: ticket) else { return nil }
            entries.values[slot].error = error
            return remove(ticket, at: slot)
        }
    }

    /// Refuses further records.
    mutating func stop() {
        isStopped = true
    }

    private mutating func remove(_ ticket: UInt32, at slot: Dictionary<UInt32, Entry>.Index) -> Settlement {
        let entry = entries.remove(at: slot).value
        recordCount -= entry.places.count
        byteCount -= entry.bytes
        return Settlement(answer: entry.answer, outcome: entry.error.map { .failure($0) } ?? .success(entry.places))
    }
}
