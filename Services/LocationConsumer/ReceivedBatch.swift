import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence

/// The decoded messages of some batches.
struct ReceivedBatch: Sendable {
    /// The messages, in the order of the queue.
    private(set) var messages: [ReceivedMessage] = []
    /// The number of messages with swapped latitude and longitude.
    private(set) var swappedAxes = 0
    /// The sampled traces of the messages, with the number of messages of each.
    private(set) var sampledTraces: [TraceContext: Int] = [:]

    /// The maximum number of traces that a batch reports.
    private static let maximumTraces = 64

    /// Decodes all messages.
    init(_ batches: [QueueBatch]) {
        messages.reserveCapacity(batches.reduce(0) { $0 + $1.messages.count })
        for batch in batches {
            for message in batch.messages {
                messages.append(
                    ReceivedMessage(
                        content(of: message, in: batch),
                        partition: batch.partition,
                        offset: message.offset,
                        appendedAt: message.appendedAt,
                        schemaVersion: message.context.schemaVersion,
                        trace: message.context.trace,
                        storage: message.storage,
                        range: message.range
                    )
                )
                guard let trace = message.context.trace, trace.isSampled else { continue }
                if sampledTraces.count < Self.maximumTraces || sampledTraces[trace] != nil {
                    sampledTraces[trace, default: 0] += 1
                }
            }
        }
    }

    /// Drops the locations that are not kept, and returns their number.
    mutating func drop(keeping keeps: ([Location]) -> [Bool]) -> Int {
        var verdicts = keeps(messages.compactMap(\.location)).makeIterator()
        let count = messages.count
        messages.removeAll { message in
            guard message.location != nil else { return false }
            return verdicts.next() == false
        }
        return count - messages.count
    }

    private mutating func content(of message: QueuedMessage, in batch: QueueBatch) -> ReceivedMessage.Content {
        do throws(LocationMessageError) {
            let (location, wereAxesSwapped) = try batch.location(of: message)
            if wereAxesSwapped { swappedAxes += 1 }
            return .location(location)
        } catch {
            return .undecodable(error.code)
        }
    }
}
