internal import Dispatch

/// Runs blocking calls on threads outside Swift's cooperative pool.
///
/// A Dispatch queue has a thread for each call that it runs.
package struct BlockingCalls: Sendable {
    private let queue: DispatchQueue

    /// - Parameters:
    ///   - name: the name in debuggers.
    ///   - isConcurrent: whether calls may run concurrently.
    package init(_ name: String, isConcurrent: Bool = false) {
        queue = DispatchQueue(label: name, attributes: isConcurrent ? .concurrent : [])
    }

    /// Runs `body`, and returns its result.
    ///
    /// Cancelling the task does not interrupt it.
    package func run<Value: Sendable, Failure: Error>(
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
