import Dispatch
import Synchronization

/// Runs what keeps a processor busy on threads of its own, as many as there are cores.
///
/// Swift's own threads are as few, and everything else runs on them: a request that takes no time must not wait behind a
/// search that takes some.
struct ComputeThreads: Sendable {
    private let queue = DispatchQueue(label: "compute", qos: .utility, attributes: .concurrent)

    /// Runs work to its end; in turn, if there is more of it than threads.
    ///
    /// - Throws: what `work` throws; `CancellationError` if the task is cancelled before its turn comes.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let turn = Turn()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async {
                    guard !turn.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Result { try work() })
                }
            }
        } onCancel: {
            turn.cancel()
        }
    }
}

/// Whether somebody still waits for a piece of work.
private final class Turn: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    func cancel() {
        flag.store(true, ordering: .relaxed)
    }
}
