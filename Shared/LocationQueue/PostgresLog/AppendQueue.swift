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

/// Callers that wait for their messages to be written, and writers that wait for work.
///
/// Its events return what to do after releasing the lock.
struct AppendQueue {
    typealias Answer = CheckedContinuation<Result<[LocationID], LocationQueueError>, Never>
    typealias Writer = CheckedContinuation<[Pending]?, Never>

    /// A caller's messages and its continuation.
    struct Pending: Sendable {
        let request: AppendRequest
        let answer: Answer
    }

    /// The decision on new messages.
    enum Admission {
        /// They wait for a free writer.
        case queued
        /// A waiting writer gets these.
        case handOver([Pending], Writer)
        /// Refused: there are too many, or the queue has stopped.
        case refused(LocationQueueError.Code)
    }

    /// The next step of a free writer.
    enum Next {
        case requests([Pending])
        case parked
        case ended
    }

    private var pending: [Pending] = []
    private var messageCount = 0
    private var byteCount = 0
    private var writers: [Writer] = []
    /// The number of busy writers.
    private var busy = 0
    private var isStopped = false

    /// From this size, a second transaction is worthwhile: it is sent while the other one waits for the disk.
    ///
    /// A smaller one would only wait for the other's partitions, so it gathers messages meanwhile.
    private static let worthwhileBytes = 64 << 10

    mutating func admit(
        _ request: AppendRequest,
        answer: Answer,
        maximumMessages: Int,
        maximumBytes: Int
    ) -> Admission {
        guard !isStopped else { return .refused(.stopped) }
        let (count, bytes) = (request.places.count, request.byteCount)
        guard messageCount + count <= maximumMessages, byteCount + bytes <= maximumBytes else {
            return .refused(.full)
        }
        pending.append(Pending(request: request, answer: answer))
        messageCount += count
        byteCount += bytes
        guard isWorthwhile, let writer = writers.popLast() else { return .queued }
        busy += 1
        return .handOver(takePending(), writer)
    }

    /// Gives a writer work, after which it calls ``finished()``.
    mutating func next(for writer: Writer) -> Next {
        if !pending.isEmpty, isWorthwhile {
            busy += 1
            return .requests(takePending())
        }
        if isStopped { return .ended }
        writers.append(writer)
        return .parked
    }

    /// A writer has finished its work.
    mutating func finished() {
        busy -= 1
    }

    /// Returns the waiting writers, which can end; the busy one takes the pending messages.
    mutating func stop() -> [Writer] {
        isStopped = true
        defer { writers = [] }
        return writers
    }

    private var isWorthwhile: Bool { busy == 0 || byteCount >= Self.worthwhileBytes }

    /// As many requests as fit into blocks, at least one.
    private mutating func takePending() -> [Pending] {
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
