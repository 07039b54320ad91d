/// Runs `body` for a limited time.
///
/// It returns after `body` has ended, which a time-out cancels: `body` must respond to cancellation.
///
/// - Returns: what `body` returns; `nil` if the time is over first.
@discardableResult
package func withTimeout<Value: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async -> Value
) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
        group.addTask { await body() }
        group.addTask {
            try? await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
}

/// Sleeps until the task is cancelled.
///
/// - Throws: `CancellationError`.
package func sleepUntilCancelled() async throws -> Never {
    while true { try await Task.sleep(for: .seconds(3_600)) }
}
