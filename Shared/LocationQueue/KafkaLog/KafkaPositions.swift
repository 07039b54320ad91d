internal import Kafka
internal import Models

/// How far a reader of the topic is: makes batches out of records, each of which goes on where the last one ended.
///
/// Offsets of a log leave some out where no record is, such as the end of a transaction. But a record that is not the
/// next could also be one from before an assignment, and taking it would skip what lies between. So a gap is believed
/// only when it is still there after reading again.
struct KafkaPositions {
    /// The offset of the next record, by partition.
    private(set) var next: [Int: Int64] = [:]
    /// Where a gap has been seen.
    private var gaps: [Int: Int64] = [:]

    /// Goes on from elsewhere, or in other partitions.
    mutating func reset(to offsets: [Int: Int64]) {
        next = offsets
    }

    /// Stands still in a partition.
    mutating func halt(_ partition: Int) {
        next[partition] = nil
    }

    /// The next messages.
    ///
    /// - Returns: a batch for each partition that has something, and whether the partitions have to be assigned anew
    ///   because there is a gap that has not been seen before.
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
                batch.messages.append(
                    QueuedMessage(
                        offset: record.offset,
                        appendedAt: Timestamp(microseconds: max(record.timestamp, 0) * 1_000),
                        context: contexts[record.headers],
                        storage: records.values,
                        range: record.range
                    )
                )
                batch.end = record.offset + 1
            }
            guard !batch.messages.isEmpty else { continue }
            next[records.partition] = batch.end
            batches.append(batch)
        }
        return (batches, mustReadAgain)
    }
}
