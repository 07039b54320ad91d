import Dispatch
import Glibc
import Synchronization

/// Runs computations on separate threads, one per core.
///
/// Swift's own threads are also one per core, and run everything else: a short request must not wait behind a search.
/// For the same reason, long computations have separate threads with a low priority.
struct ComputeThreads: Sendable {
    /// The threads of a computation.
    enum Lane: Sendable {
        /// For milliseconds of work.
        case quick
        /// For longer work, in short steps, so that requests take turns.
        case wide
    }

    private let quick: DispatchQueue
    private let executor: QueueExecutor
    private let wide = DispatchQueue(label: "compute widely", qos: .background)

    /// The `nice` value of the threads for wide questions: about a tenth of the processor under contention.
    private static let niceness: CInt = 10

    init() {
        quick = DispatchQueue(label: "compute", qos: .utility, attributes: .concurrent)
        executor = QueueExecutor(quick)
    }

    /// Waits for a thread and runs the work on it.
    ///
    /// - Throws: an error of `work`, or `CancellationError` if the task is cancelled while it waits.
    func run<Value: Sendable>(
        on lane: Lane = .quick,
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let turn = Turn()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue(lane).async {
                    // On Linux the priority is per thread, and no other queue uses threads of this quality of service.
                    if lane == .wide { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness) }
                    guard !turn.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Result { try work() })
                }
            }
        } onCancel: {
            turn.cancel()
        }
    }

    /// Runs asynchronous work, its child tasks included, on the quick threads.
    func runTasks<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        await withTaskExecutorPreference(executor) { await work() }
    }

    private func queue(_ lane: Lane) -> DispatchQueue {
        switch lane {
        case .quick: quick
        case .wide: wide
        }
    }
}

/// Runs tasks on a queue.
private final class QueueExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(_ queue: DispatchQueue) {
        self.queue = queue
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Cancels work that has not started.
private final class Turn: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    func cancel() {
        flag.store(true, ordering: .relaxed)
    }
}
