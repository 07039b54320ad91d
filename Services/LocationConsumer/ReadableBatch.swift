import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence

/// A batch of messages, split into decoded locations and dead letters.
struct ReadableBatch: Sendable {
    /// The locations, in the order of the queue.
    private(set) var locations: [Location] = []
    /// The messages that cannot be decoded.
    private(set) var deadLetters: [DeadLetter] = []
    /// The number of messages with swapped latitude and longitude.
    private(set) var exchangedAxes = 0
    private let batches: [QueueBatch]

    /// Decodes all messages.
    init(_ batches: [QueueBatch]) {
        self.batches = batches
        let count = batches.reduce(0) { $0 + $1.messages.count }
        locations.reserveCapacity(count)
        for batch in batches {
            for message in batch.messages {
                do throws(LocationMessageError) {
                    guard let id = LocationID(partition: batch.partition, offset: message.offset) else {
                        throw LocationMessageError(.malformedRecord)
                    }
                    let decoded = try message.decoded()
                    if decoded.wereAxesExchanged { exchangedAxes += 1 }
                    locations.append(Location(id: id, report: decoded.message.report))
                } catch {
                    deadLetters.append(
                        DeadLetter(
                            partition: batch.partition,
                            offset: message.offset,
                            reason: error.code.rawValue,
                            personID: nil,
                            appendedAt: message.appendedAt,
                            schemaVersion: message.context.schemaVersion,
                            trace: message.context.trace,
                            payload: message.bytes
                        )
                    )
                }
            }
        }
    }

    /// The maximum number of traces that a batch reports.
    private static let maximumTraces = 64

    /// The sampled traces of the messages, with the number of messages of each.
    var sampledTraces: [TraceContext: Int] {
        var counts: [TraceContext: Int] = [:]
        for batch in batches {
            for message in batch.messages {
                guard let trace = message.context.trace, trace.isSampled else { continue }
                if counts.count < Self.maximumTraces || counts[trace] != nil { counts[trace, default: 0] += 1 }
            }
        }
        return counts
    }

    /// The dead letter of a location whose person does not exist.
    func burial(of location: Location) -> DeadLetter {
        let (partition, offset) = location.id.place ?? (0, 0)
        let batch = batches.first { $0.partition == partition }
        let message = batch?.message(at: offset)
        return DeadLetter(
            partition: partition,
            offset: offset,
            reason: "unknown_person",
            personID: location.report.personID,
            appendedAt: message?.appendedAt ?? location.report.creationTime,
            schemaVersion: message?.context.schemaVersion,
            trace: message?.context.trace,
            payload: message?.bytes ?? []
        )
    }
}
