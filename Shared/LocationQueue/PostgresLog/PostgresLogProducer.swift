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
/// with one location each cost a few transactions, and a batch of ten thousand costs one. ``run()`` must run.
package final class PostgresLogProducer: LocationQueueProducer {
    /// The maximum number of concurrent transactions: under load, one is sent while the other waits for the disk.
    private static let writers = 2
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
        let partitions = try await partitionCount()
        var ids: [LocationID] = []
        ids.reserveCapacity(messages.count)
        var start = 0
        while start < messages.count {
            let end = min(start + MessageBlock.maximumCount, messages.count)
            var request = AppendRequest(partitions: partitions, reserving: end - start)
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
        let partitions = try await partitionCount()
        for message in messages {
            var request = AppendRequest(partitions: partitions)
            request.append(to: message.key.map { PostgresLog.partition(of: $0, among: partitions) } ?? 0) {
                $0 += message.bytes
            }
            _ = try await append(request)
        }
    }

    /// Writes until ``stop()`` has been called and all accepted messages have been written.
    package func run() async {
        await withTaskGroup { group in
            for _ in 0..<Self.writers {
                group.addTask {
                    while let requests = await self.nextRequests() {
                        await self.write(requests)
                        self.state.withLock { $0.finished() }
                    }
                }
            }
        }
    }

    /// Refuses further messages, so that ``run()`` can end.
    package func stop() {
        let waiters = state.withLock { $0.stop() }
        for waiter in waiters { waiter.resume(returning: nil) }
    }

    private func partitionCount() async throws(LocationQueueError) -> Int {
        do {
            return try await log.partitionCount()
        } catch {
            throw (error as? LocationQueueError) ?? LocationQueueError(.unavailable, cause: error)
        }
    }

    private func append(_ request: AppendRequest) async throws(LocationQueueError) -> [LocationID] {
        let result = await withCheckedContinuation { (continuation: AppendQueue.Answer) in
            let admission = state.withLock { queue in
                queue.admit(
                    request,
                    answer: continuation,
                    maximumMessages: Self.maximumPendingMessages,
                    maximumBytes: Self.maximumPendingBytes
                )
            }
            switch admission {
            case .queued: break
            case .handOver(let requests, let writer): writer.resume(returning: requests)
            case .refused(let code): continuation.resume(returning: .failure(LocationQueueError(code)))
            }
            Failpoint.producerAfterEnqueue.reach()
        }
        return try result.get()
    }

    private func nextRequests() async -> [AppendQueue.Pending]? {
        await withCheckedContinuation { continuation in
            let next = state.withLock { $0.next(for: continuation) }
            switch next {
            case .requests(let requests): continuation.resume(returning: requests)
            case .ended: continuation.resume(returning: nil)
            case .parked: break
            }
        }
    }

    private func write(_ requests: [AppendQueue.Pending]) async {
        let merged = MergedAppend(requests.map(\.request))
        do {
            let firstOffsets = try await appendRetrying(merged.blocks)
            for (index, pending) in requests.enumerated() {
                pending.answer.resume(returning: merged.ids(of: index, firstOffsets: firstOffsets))
            }
        } catch {
            for pending in requests { pending.answer.resume(returning: .failure(error)) }
        }
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
