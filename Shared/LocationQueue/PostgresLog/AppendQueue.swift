internal import Models

/// One caller's messages in one block per partition.
struct AppendRequest: Sendable {
    /// The block of each partition.
    private(set) var blocks: [MessageBlock]
    /// The partition and index of each message, in the caller's order.
    private(set) var places: [(partition: Int32, index: Int32)] = []
    /// The bytes of all blocks.
    var byteCount: Int { blocks.reduce(0) { $0 + $1.bytes.count } }

    /// - Parameters:
    ///   - partitions: the number of partitions.
    ///   - count: the expected number of messages.
    init(partitions: Int, reserving count: Int = 1) {
        blocks = Array(repeating: MessageBlock(), count: partitions)
        places.reserveCapacity(count)
        guard count > partitions else { return }
        // Persons are not spread evenly over the partitions.
        for partition in blocks.indices { blocks[partition].reserve(count / partitions * 5 / 4) }
    }

    mutating func append(to partition: Int, _ write: (inout [UInt8]) -> Void) {
        places.append((Int32(partition), Int32(blocks[partition].count)))
        blocks[partition].append(write)
    }
}

/// Several callers' messages as one block per partition.
struct MergedAppend {
    /// The blocks that have messages.
    let blocks: [(partition: Int, block: MessageBlock)]
    private let requests: [AppendRequest]
    /// For each request, how many messages of each partition come before its own.
    private let bases: [[Int64]]

    init(_ requests: [AppendRequest]) {
        var merged = Array(repeating: MessageBlock(), count: requests.map(\.blocks.count).max() ?? 0)
        var bases: [[Int64]] = []
        for request in requests {
            bases.append(merged.map { Int64($0.count) })
            for (partition, block) in request.blocks.enumerated() where block.count > 0 {
                merged[partition].append(contentsOf: block)
            }
        }
        self.requests = requests
        self.bases = bases
        blocks = merged.enumerated().filter { $0.element.count > 0 }.map { ($0.offset, $0.element) }
    }

    /// The ids of a request's messages in the caller's order.
    func ids(of request: Int, firstOffsets: [Int: Int64]) -> Result<[LocationID], LocationQueueError> {
        var ids: [LocationID] = []
        ids.reserveCapacity(requests[request].places.count)
        let starts = bases[request].enumerated().map { (firstOffsets[$0.offset] ?? -1) + $0.element }
        for (partition, index) in requests[request].places {
            let offset = starts[Int(partition)] + Int64(index)
            guard let id = LocationID(partition: Int(partition), offset: offset) else {
                return .failure(LocationQueueError(.offsetBeyondNumbering))
            }
            ids.append(id)
        }
        return .success(ids)
    }
}

/// Callers that wait for their messages to be written, or for their turn to write.
///
/// Its events return what to do after releasing the lock.
struct AppendQueue {
    typealias Caller = CheckedContinuation<Turn, Never>

    /// A caller's messages and its continuation.
    struct Pending: Sendable {
        let request: AppendRequest
        let caller: Caller
    }

    /// The end of a caller's wait.
    enum Turn: Sendable {
        /// Another caller has written the messages.
        case answered(Result<[LocationID], LocationQueueError>)
        /// The caller writes these, of which the first one is its own, and then calls ``finished()``.
        case write([Pending])
    }

    /// The decision on new messages.
    enum Admission {
        /// They wait; the first caller of the requests, if there are any, has to write these.
        case queued([Pending]?)
        /// There are too many.
        case refused
    }

    /// The maximum number of concurrent transactions: under load, one is sent while the other waits for the disk.
    private static let writers = 2
    /// From this size, a second transaction is worthwhile.
    ///
    /// A smaller one would only wait for the other's partitions, so it gathers messages meanwhile.
    private static let worthwhileBytes = 64 << 10

    private var pending: [Pending] = []
    private var messageCount = 0
    private var byteCount = 0
    /// The number of transactions.
    private var busy = 0

    mutating func admit(_ new: Pending, maximumMessages: Int, maximumBytes: Int) -> Admission {
        let (count, bytes) = (new.request.places.count, new.request.byteCount)
        guard messageCount + count <= maximumMessages, byteCount + bytes <= maximumBytes else { return .refused }
        pending.append(new)
        messageCount += count
        byteCount += bytes
        return .queued(takePending())
    }

    /// Ends a transaction.
    ///
    /// - Returns: the requests to write next, by the first one's caller; `nil` if there is no work.
    mutating func finished() -> [Pending]? {
        busy -= 1
        return takePending()
    }

    /// As many requests as fit into blocks, if another transaction is worthwhile.
    private mutating func takePending() -> [Pending]? {
        let isWorthwhile = busy == 0 || busy < Self.writers && byteCount >= Self.worthwhileBytes
        guard !pending.isEmpty, isWorthwhile else { return nil }
        busy += 1
        var taken = 0
        var messages = 0
        for entry in pending {
            guard taken == 0 || messages + entry.request.places.count <= MessageBlock.maximumCount else { break }
            taken += 1
            messages += entry.request.places.count
            byteCount -= entry.request.byteCount
        }
        messageCount -= messages
        defer { pending.removeFirst(taken) }
        return Array(pending[..<taken])
    }
}
