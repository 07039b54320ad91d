import Concurrency
import Synchronization

/// A dependency without which the process is useless: the database, the queue.
package struct ReadinessCheck: Sendable {
    /// The name for `/readyz` and for metrics: "database".
    package let name: String
    /// Whether the dependency answers; it must respond to cancellation, because a slow check is cancelled.
    package let check: @Sendable () async -> Bool

    /// Creates a check.
    package init(name: String, check: @escaping @Sendable () async -> Bool) {
        self.name = name
        self.check = check
    }
}

/// The readiness of the process: its checks pass, and it is not stopping.
package final class Health: Sendable {
    /// The results of the checks.
    package struct Report: Sendable, Equatable {
        /// The result of one check.
        package struct Entry: Sendable, Equatable {
            /// The check's name.
            package let name: String
            /// Whether it passed in time.
            package let isReady: Bool
        }

        /// The results in the order of the checks.
        package let entries: [Entry]
        /// Whether the process is stopping.
        package let isStopping: Bool

        /// Whether the process should get requests.
        package var isReady: Bool {
            !isStopping && entries.allSatisfy(\.isReady)
        }
    }

    private let checks: [ReadinessCheck]
    private let timeout: Duration
    private let stopping = Atomic(false)

    /// Creates the health of a process.
    ///
    /// - Parameters:
    ///   - checks: the checks that must pass.
    ///   - timeout: the time after which a check counts as failed; shorter than the prober's time-out.
    package init(checks: [ReadinessCheck], timeout: Duration = .seconds(1)) {
        self.checks = checks
        self.timeout = timeout
    }

    /// Makes the process not ready, so that load balancers stop sending requests before it stops listening.
    package func beginStopping() {
        stopping.store(true, ordering: .relaxed)
    }

    /// Whether the process is stopping.
    package var isStopping: Bool {
        stopping.load(ordering: .relaxed)
    }

    /// Runs all checks concurrently, for at most the time-out.
    package func report() async -> Report {
        let entries = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { [timeout] in (index, await withTimeout(timeout, check.check) ?? false) }
            }
            var entries = checks.map { Report.Entry(name: $0.name, isReady: false) }
            for await (index, isReady) in group {
                entries[index] = Report.Entry(name: checks[index].name, isReady: isReady)
            }
            return entries
        }
        return Report(entries: entries, isStopping: isStopping)
    }
}
