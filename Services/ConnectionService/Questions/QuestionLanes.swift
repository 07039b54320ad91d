import Concurrency
import HTTPServer
import Proximity

/// Schedules questions, so that expensive ones do not delay cheap ones.
///
/// Quick and wide questions wait in separate queues and run on separate threads. A quick question that takes long
/// continues as a wide one. Memory bounds the number of concurrent computations. A question that would wait for long is
/// rejected at once.
final class QuestionLanes: Sendable {
    /// The purpose of a computation.
    enum Purpose: Sendable {
        /// A client waits for the answer.
        case answer
        /// A stream needs a new answer. It is never rejected, because the number of streams is limited.
        case refresh
    }

    /// A question with a longer expected time is wide from the beginning.
    private static let quickExpectation = Duration.seconds(5)
    /// The same for a question with a single step, during which no other can run.
    private static let quickStep = Duration.seconds(1)
    /// A question that has taken longer continues as a wide one.
    private static let quickTime = Duration.seconds(2)
    /// The maximum number of waiting quick questions, which take tens of milliseconds each.
    private static let longestQuickQueue = 256
    /// The maximum number of waiting wide questions, which take up to some seconds each.
    private static let longestWideQueue = 4

    private let compute: ComputeThreads
    private let quick: AsyncSemaphore
    private let wide = AsyncSemaphore(
        width: 1,
        longestQueue: longestWideQueue,
        refusal: Problem.tooManyQuestions
    )
    private let refresh = AsyncSemaphore(width: 1)

    /// - Parameters:
    ///   - compute: the threads.
    ///   - width: the maximum number of concurrent quick questions.
    init(_ compute: ComputeThreads, quick width: Int) {
        self.compute = compute
        quick = AsyncSemaphore(
            width: width,
            longestQueue: Self.longestQuickQueue,
            refusal: Problem.tooManyQuestions
        )
    }

    /// Computes an answer, after waiting for its turn.
    ///
    /// - Parameters:
    ///   - expected: about the duration.
    ///   - isOneStep: whether the computation has a single step.
    ///   - purpose: the purpose of the answer.
    ///   - limits: the maximum cost.
    ///   - body: computes the answer step by step.
    /// - Returns: what `body` returns.
    /// - Throws: a 503 problem if too many questions wait; what `body` throws.
    func answer<Value>(
        expected: Duration,
        inOneStep isOneStep: Bool = false,
        _ purpose: Purpose,
        _ limits: SearchLimits,
        _ body: (Computation) async throws -> Value
    ) async throws -> Value {
        let isWide = expected > (isOneStep ? Self.quickStep : Self.quickExpectation) || purpose == .refresh
        let computation = Computation(compute, SearchBudget(limits), isWide: isWide)
        let lane = purpose == .refresh ? refresh : isWide ? wide : quick
        return try await lane.pass { try await body(computation) }
    }

    /// A computation in progress.
    struct Computation: Sendable {
        /// The limits of its cost.
        let budget: SearchBudget
        private let compute: ComputeThreads
        private let isWide: Bool

        /// Starts a computation with a budget.
        init(_ compute: ComputeThreads, _ budget: SearchBudget, isWide: Bool) {
            self.compute = compute
            self.budget = budget
            self.isWide = isWide
        }

        /// Runs the next step, which ends early if the task is cancelled.
        func step<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
            let isWide = isWide || budget.spent > QuestionLanes.quickTime
            return try await withTaskCancellationHandler {
                try await compute.run(on: isWide ? .wide : .quick, work)
            } onCancel: {
                budget.stop()
            }
        }
    }
}

extension Problem {
    /// 503: the maximum number of questions waits already.
    static let tooManyQuestions = unavailable(
        "The server cannot answer more questions of this kind in time: try again shortly.",
        retryAfter: 2
    )
}
