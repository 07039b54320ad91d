package import Synchronization

/// Tasks that wait for each other's news, in the order of their arrival: a part of the state behind a mutex.
///
/// ```swift
/// let news = await state.wait(in: \.readers) { $0.pending.popFirst() }       // waits
/// state.withLock { $0.pending.append(news); return $0.readers.takeFirst() }?.resume()  // wakes
/// ```
///
/// An event takes waiters out under the lock and resumes them after it, because resuming may take another lock.
package struct WaitList<Value: Sendable>: Sendable {
    /// A task that was taken out of the list, and must be resumed once.
    package struct Waiter: Sendable {
        fileprivate let ticket: Int
        fileprivate let continuation: CheckedContinuation<Value?, Never>

        /// Lets the task go on with a value.
        package func resume(returning value: Value) {
            continuation.resume(returning: value)
        }
    }

    private var waiting: [Waiter] = []
    private var tickets = 0

    /// A list without tasks.
    package init() {}

    /// The number of tasks that wait.
    package var count: Int { waiting.count }
    /// Whether no task waits.
    package var isEmpty: Bool { waiting.isEmpty }

    /// Takes out the task that has waited longest.
    package mutating func takeFirst() -> Waiter? {
        waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// Takes out all tasks.
    package mutating func takeAll() -> [Waiter] {
        defer { waiting = [] }
        return waiting
    }

    fileprivate mutating func nextTicket() -> Int {
        tickets += 1
        return tickets
    }

    fileprivate mutating func add(_ continuation: CheckedContinuation<Value?, Never>, _ ticket: Int) {
        waiting.append(Waiter(ticket: ticket, continuation: continuation))
    }

    fileprivate mutating func take(_ ticket: Int) -> Waiter? {
        waiting.firstIndex { $0.ticket == ticket }.map { waiting.remove(at: $0) }
    }
}

extension WaitList<Void>.Waiter {
    /// Lets the task go on.
    package func resume() {
        resume(returning: ())
    }
}

extension Mutex where Value: Sendable {
    /// Waits in a list until another task resumes this one, unless there is a result already.
    ///
    /// - Parameters:
    ///   - list: where the task waits.
    ///   - result: the result, if the task need not wait; called under the lock, at most twice.
    /// - Returns: the result, or the value with which the task was resumed; `nil` if it was cancelled while it waited.
    package borrowing func wait<Result>(
        in list: any WritableKeyPath<Value, WaitList<Result>> & Sendable,
        unless result: @Sendable (inout Value) -> Result?
    ) async -> Result? {
        let (early, ticket) = withLock { state in
            let early = result(&state)
            return (early, early == nil ? state[keyPath: list].nextTicket() : 0)
        }
        if let early { return early }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (late, waits) = withLock { state -> (Result?, Bool) in
                    if let late = result(&state) { return (late, false) }
                    if Task.isCancelled { return (nil, false) }
                    state[keyPath: list].add(continuation, ticket)
                    return (nil, true)
                }
                if !waits { continuation.resume(returning: late) }
            }
        } onCancel: {
            withLock { $0[keyPath: list].take(ticket) }?.continuation.resume(returning: nil)
        }
    }
}
