import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence

/// Messages sorted into what can be read and what cannot.
struct ReadableBatch: Sendable {
    /// The locations in the order of the queue.
    private(set) var locations: [Location] = []
    /// What cannot be read.
    private(set) var deadLetters: [DeadLetter] = []
    /// How many messages had latitude and longitude in the wrong order.
    private(set) var exchangedAxes = 0
    private let batches: [QueueBatch]

    /// Reads every message of some batches.
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

    /// How many traced requests of a batch are told of at most.
    private static let maximumTraces = 64

    /// The recorded traces that messages came with, and how many of them did; few of very many.
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
