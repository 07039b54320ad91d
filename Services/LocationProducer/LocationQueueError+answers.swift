import GRPCServer
import HTTPServer
import LocationQueue

/// The answers of all protocols to a failure of the queue.
extension LocationQueueError: ProblemConvertible, RPCErrorConvertible {
    /// The code of gRPC, and the seconds after which the sender retries, which keeps its locations until then; without
    /// these, only an operator can help.
    private var answer: (code: RPCError.Code, delay: Int?) {
        switch code {
        case .full: (.resourceExhausted, 1)
        // An operator must free the disk.
        case .storageLow: (.resourceExhausted, 60)
        case .unavailable: (.unavailable, 1)
        // Another instance takes them at once.
        case .stopped: (.unavailable, 0)
        case .offsetOutOfRange, .partitionCount, .corruptBlock, .offsetBeyondNumbering: (.internal, nil)
        }
    }

    var problem: Problem {
        guard let delay = answer.delay else { return Problem(.internalServerError) }
        return .unavailable(description, retryAfter: max(delay, 1))
    }

    var rpcError: RPCError {
        guard let delay = answer.delay else { return RPCError(answer.code, "The queue is not as the server expects.") }
        return RPCError(answer.code, description, details: [.retry(after: .seconds(delay))])
    }
}
