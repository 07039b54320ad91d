/// Who waits for the delivery of which records.
///
/// Its events return what is to be done once the lock that holds it has been released.
struct DeliveryLedger {
    typealias Outcome = Result<[KafkaPlace], KafkaError>
    typealias Answer = @Sendable (Outcome) -> Void

    /// What becomes of records that somebody wants to send.
    enum Admission {
        /// They may be sent under this ticket.
        case accepted(UInt32)
        /// They may not.
        case refused(KafkaError)
    }

    /// A caller who is to be told.
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

    /// Whether nobody waits and nobody will.
    var hasEnded: Bool { isStopped && entries.isEmpty }

    /// The tickets of those who wait.
    var tickets: [UInt32] { Array(entries.keys) }

    /// Lets somebody send `count` records, all or none.
    mutating func admit(count: Int, bytes: Int, answer: @escaping Answer) -> Admission {
        guard !isStopped else {
            return .refused(KafkaError(.stopped, "The producer has been stopped."))
        }
        guard recordCount + count <= maximumRecords, byteCount + bytes <= maximumBytes else {
            return .refused(
                KafkaError(.queueFull, "As many records wait for their delivery as may.", isRetriable: true)
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

    /// Notes what became of records; returns who need not wait any longer.
    mutating func settle(_ reports: [DeliveryReport]) -> [Settlement] {
        var settlements: [Settlement] = []
        for report in reports {
            guard let slot = entries.index(forKey: report.ticket) else { continue }
            switch report.result {
            case .success(let place) where place.offset >= 0:
                entries.values[slot].places[report.index] = place
            case .success:
                // The broker had it already and does not say where: the sender repeats it, which does no harm.
                entries.values[slot].error = KafkaError(
                    .unavailable,
                    "Kafka does not say where a record lies.",
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

    /// Gives up those who hold these tickets.
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
