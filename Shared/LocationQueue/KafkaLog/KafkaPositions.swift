internal import Kafka
internal import Models

/// The offsets of a reader of the topic; turns records into batches without gaps.
///
/// A log has unused offsets, such as the end of a transaction. But a record with a later offset could also come from
/// before an assignment, and accepting it would skip the messages in between. So a gap is believed only if a second
/// read shows it again.
struct KafkaPositions {
    /// The offset of the next record, by partition.
    private(set) var next: [Int: Int64] = [:]
    /// The offsets of gaps that were seen once.
    private var gaps: [Int: Int64] = [:]

    /// Continues from other offsets or in other partitions.
    mutating func reset(to offsets: [Int: Int64]) {
        next = offsets
    }

    /// Halts in a partition.
    mutating func halt(_ partition: Int) {
        next[partition] = nil
    }

    /// The next messages.
    ///
    /// - Returns: a batch for each partition with messages, and whether a new gap requires a new assignment.
    mutating func take(_ found: [KafkaPartitionRecords]) -> (batches: [QueueBatch], mustReadAgain: Bool) {
        var batches: [QueueBatch] = []
        var mustReadAgain = false
        for records in found {
            guard let start = next[records.partition] else { continue }
            let contexts = records.headers.map(LocationRecord.context)
            var batch = QueueBatch(partition: records.partition, messages: [], start: start, end: start)
            batch.messages.reserveCapacity(records.records.count)
            for record in records.records where record.offset >= batch.end {
                if record.offset > batch.end, gaps[records.partition] != batch.end {
                    gaps[records.partition] = batch.end
                    mustReadAgain = true
                    break
                }
                batch.end = record.offset + 1
                // An empty record takes the place of a withheld location.
                guard !record.range.isEmpty else { continue }
                batch.messages.append(
                    QueuedMessage(
                        offset: record.offset,
                        appendedAt: Timestamp(microseconds: max(record.timestamp, 0) * 1_000),
                        context: contexts[record.headers],
                        storage: records.values,
                        range: record.range
                    )
                )
            }
            guard batch.end > start else { continue }
            next[records.partition] = batch.end
            batches.append(batch)
        }
        return (batches, mustReadAgain)
    }
}
