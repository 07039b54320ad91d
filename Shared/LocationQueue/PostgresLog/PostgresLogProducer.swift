internal import Concurrency
internal import Failpoints
package import LocationProtocol
package import Models
package import Observability
internal import Postgres
internal import Synchronization

/// Appends to the log in PostgreSQL, with many callers' messages in one transaction.
///
/// Messages that arrive while a transaction waits for the disk share the next one (group commit): a thousand phones
/// with one location each cost a few transactions, and a batch of ten thousand costs one. One of the callers writes for
/// all that share a transaction.
package final class PostgresLogProducer: LocationQueueProducer {
    /// The maximum number of waiting messages.
    private static let maximumPendingMessages = 200_000
    /// The maximum size of waiting messages, in bytes.
    private static let maximumPendingBytes = 32 << 20
    private static let retries = 2

    private let log: PostgresLog
    private let state = Mutex(AppendQueue())

    /// A producer for a log.
    package init(log: PostgresLog) {
        self.log = log
    }

    /// The log keeps only the messages, so the trace ends here.
    package func append(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        let partitions = try await ownPartitions()
        var ids: [LocationID] = []
        ids.reserveCapacity(messages.count)
        var start = 0
        while start < messages.count {
            let end = min(start + MessageBlock.maximumCount, messages.count)
            var request = AppendRequest(partitions: partitions.upperBound, reserving: end - start)
            for message in messages[start..<end] {
                request.append(to: PostgresLog.partition(of: message.report.personID, among: partitions)) {
                    message.encode(into: &$0)
                }
            }
            ids += try await append(request)
            start = end
        }
        return ids
    }

    package func append(raw messages: [RawMessage]) async throws(LocationQueueError) {
        let partitions = try await ownPartitions()
        for message in messages {
            var request = AppendRequest(partitions: partitions.upperBound)
            let partition = message.key.map { PostgresLog.partition(of: $0, among: partitions) }
            request.append(to: partition ?? partitions.lowerBound) {
                $0 += message.bytes
            }
            _ = try await append(request)
        }
    }

    private func ownPartitions() async throws(LocationQueueError) -> Range<Int> {
        do {
            return try await log.ownPartitions()
        } catch {
            throw (error as? LocationQueueError) ?? LocationQueueError(.unavailable, cause: error)
        }
    }

    private func append(_ request: AppendRequest) async throws(LocationQueueError) -> [LocationID] {
        let turn = await withCheckedContinuation { (caller: AppendQueue.Caller) in
            let admission = state.withLock { queue in
                queue.admit(
                    AppendQueue.Pending(request: request, caller: caller),
                    maximumMessages: Self.maximumPendingMessages,
                    maximumBytes: Self.maximumPendingBytes
                )
            }
            switch admission {
            case .queued(let next): Self.passTurn(to: next)
            case .refused: caller.resume(returning: .answered(.failure(LocationQueueError(.full))))
            }
            Failpoint.producerAfterEnqueue.reach()
        }
        switch turn {
        case .answered(let result): return try result.get()
        case .write(let requests): return try await write(requests).get()
        }
    }

    /// Writes the caller's request, which is the first one, and those that share its transaction.
    private func write(_ requests: [AppendQueue.Pending]) async -> Result<[LocationID], LocationQueueError> {
        let merged = MergedAppend(requests.map(\.request))
        let others = requests.indices.dropFirst()
        let result: Result<[LocationID], LocationQueueError>
        do {
            let firstOffsets = try await appendRetrying(merged.blocks)
            for index in others {
                requests[index].caller.resume(returning: .answered(merged.ids(of: index, firstOffsets: firstOffsets)))
            }
            result = merged.ids(of: 0, firstOffsets: firstOffsets)
        } catch {
            result = .failure(error)
            if Task.isCancelled, requests.count > 1 {
                // The client of this caller has disconnected, so the next one writes again. The consumer recognises repeats.
                Self.passTurn(to: Array(requests[others]))
                return result
            }
            for index in others { requests[index].caller.resume(returning: .answered(result)) }
        }
        Self.passTurn(to: state.withLock { $0.finished() })
        return result
    }

    /// Makes the first caller write all of the requests.
    private static func passTurn(to requests: [AppendQueue.Pending]?) {
        guard let requests else { return }
        requests.first?.caller.resume(returning: .write(requests))
    }

    private func appendRetrying(
        _ blocks: [(partition: Int, block: MessageBlock)]
    ) async throws(LocationQueueError) -> [Int: Int64] {
        var retries = Self.retries
        do {
            return try await retrying {
                try await log.append(blocks)
            } whenFailed: { error, _ in
                // After a lost response the messages may be in the log twice, which the consumer recognises.
                guard retries > 0, (error as? PostgresError)?.isRetriable == true else { throw error }
                retries -= 1
            }
        } catch {
            throw LocationQueueError(.unavailable, cause: error)
        }
    }
}
