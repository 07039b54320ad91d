import Dispatch

/// Runs calls that may block, one after the other, on a thread that is not of Swift's cooperative pool.
///
/// A serial queue of Dispatch has a thread of its own while it is busy, beside those of the pool.
struct BlockingCalls: Sendable {
    private let queue: DispatchQueue

    /// - Parameter name: what debuggers show.
    init(_ name: String) {
        queue = DispatchQueue(label: name)
    }

    /// Runs `body` after what came before, and returns what it returns.
    ///
    /// It is not interrupted if the task is cancelled.
    func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Result { () throws(Failure) in try body() })
            }
        }
        return try result.get()
    }
}

extension Duration {
    /// As librdkafka takes times.
    var milliseconds: Int32 {
        Int32(clamping: components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
