import Proximity

/// Decides which questions are computed now, so that expensive ones hold up no cheap ones.
///
/// Quick questions and wide ones wait in queues of their own, and are computed on threads of their own; a quick question that
/// turns out to take long goes on as a wide one. So much is computed at once as memory has room for; what would have to wait
/// for long is refused at once.
final class QuestionLanes: Sendable {
    /// The purpose of a computation.
    enum Purpose: Sendable {
        /// A client waits for it.
        case answer
        /// A stream has to be brought up to date; it is never refused, since streams are limited.
        case refresh
    }

    /// A question that is expected to take longer is wide from the beginning.
    private static let quickExpectation = Duration.seconds(5)
    /// The same of one that is computed in a single step, so that others cannot have their turn in between.
    private static let quickStep = Duration.seconds(1)
    /// A question that has taken longer goes on as a wide one.
    private static let quickTime = Duration.seconds(2)
    /// The most quick questions that wait: tens of milliseconds each.
    private static let longestQuickQueue = 256
    /// The most wide questions that wait: up to some seconds each.
    private static let longestWideQueue = 4

    private let compute: ComputeThreads
    private let quick: Gate
    private let wide = Gate(width: 1, longestQueue: longestWideQueue)
    private let refresh = Gate(width: 1)

    /// - Parameters:
    ///   - compute: where questions are computed.
    ///   - width: how many quick questions are computed at once.
    init(_ compute: ComputeThreads, quick width: Int) {
        self.compute = compute
        quick = Gate(width: width, longestQueue: Self.longestQuickQueue)
    }

    /// Computes an answer once it may.
    ///
    /// - Parameters:
    ///   - expected: about how long it takes.
    ///   - isOneStep: whether it takes a single step.
    ///   - purpose: why it is computed.
    ///   - limits: what it may cost.
    ///   - body: computes it, step by step.
    /// - Returns: what `body` returns.
    /// - Throws: a 503 problem if there is too much to do; what `body` throws.
    func answer<Value>(
        expected: Duration,
        inOneStep isOneStep: Bool = false,
        _ purpose: Purpose,
        _ limits: SearchLimits,
        _ body: (Computation) async throws -> Value
    ) async throws -> Value {
        let isWide = expected > (isOneStep ? Self.quickStep : Self.quickExpectation) || purpose == .refresh
        let computation = Computation(compute, SearchBudget(limits), isWide: isWide)
        let gate = purpose == .refresh ? refresh : isWide ? wide : quick
        return try await gate.pass { try await body(computation) }
    }

    /// An answer that is being computed.
    struct Computation: Sendable {
        /// The limits of its cost.
        let budget: SearchBudget
        private let compute: ComputeThreads
        private let isWide: Bool

        /// Computes something that spends a budget.
        init(_ compute: ComputeThreads, _ budget: SearchBudget, isWide: Bool) {
            self.compute = compute
            self.budget = budget
            self.isWide = isWide
        }

        /// Does the next step, which ends early if the task is cancelled.
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
