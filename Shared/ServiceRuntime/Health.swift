import Synchronization

/// A dependency that the process needs to be of use: the database, the queue.
package struct ReadinessCheck: Sendable {
    /// The name for `/readyz` and for metrics: "database".
    package let name: String
    /// Whether it is there; cancelled when it takes too long, so it has to mind cancellation.
    package let check: @Sendable () async -> Bool

    /// Describes a check.
    package init(name: String, check: @escaping @Sendable () async -> Bool) {
        self.name = name
        self.check = check
    }
}

/// Whether the process should get requests: its checks pass, and it is not about to stop.
package final class Health: Sendable {
    /// What the checks said.
    package struct Report: Sendable, Equatable {
        /// One check's result.
        package struct Entry: Sendable, Equatable {
            /// The check's name.
            package let name: String
            /// Whether it passed in time.
            package let isReady: Bool
        }

        /// The checks in the order of their making.
        package let entries: [Entry]
        /// Whether the process is about to stop.
        package let isStopping: Bool

        /// Whether the process should get requests.
        package var isReady: Bool {
            !isStopping && entries.allSatisfy(\.isReady)
        }
    }

    private let checks: [ReadinessCheck]
    private let timeout: Duration
    private let stopping = Atomic(false)

    /// Makes it from checks.
    ///
    /// - Parameters:
    ///   - checks: what has to pass.
    ///   - timeout: how long a check may take until it counts as failed; less than the prober's own patience.
    package init(checks: [ReadinessCheck], timeout: Duration = .seconds(1)) {
        self.checks = checks
        self.timeout = timeout
    }

    /// From now on the process is not ready, so that load balancers turn away before it stops listening.
    package func beginStopping() {
        stopping.store(true, ordering: .relaxed)
    }

    /// Whether the process is about to stop.
    package var isStopping: Bool {
        stopping.load(ordering: .relaxed)
    }

    /// Runs all checks at once; takes at most as long as the timeout.
    package func report() async -> Report {
        let entries = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { [timeout] in (index, await Self.passes(check, within: timeout)) }
            }
            var entries = checks.map { Report.Entry(name: $0.name, isReady: false) }
            for await (index, isReady) in group {
                entries[index] = Report.Entry(name: checks[index].name, isReady: isReady)
            }
            return entries
        }
        return Report(entries: entries, isStopping: isStopping)
    }

    private static func passes(_ check: ReadinessCheck, within timeout: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await check.check() }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
