import Dispatch

/// Runs blocking calls one after the other, on a thread outside Swift's cooperative pool.
///
/// A serial Dispatch queue has a thread of its own while it is busy.
struct BlockingCalls: Sendable {
    private let queue: DispatchQueue

    /// - Parameter name: the name in debuggers.
    init(_ name: String) {
        queue = DispatchQueue(label: name)
    }

    /// Runs `body` after the earlier calls, and returns its result.
    ///
    /// Cancelling the task does not interrupt it.
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
    /// The milliseconds for librdkafka.
    var milliseconds: Int32 {
        Int32(clamping: components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
