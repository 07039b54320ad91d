import Models
import Proximity

/// Maintains the index: merges its segments, and drops days before the window.
struct IndexCare: Sendable {
    let index: LiveIndex
    let settings: IndexSettings
    let compute: ComputeThreads
    var now: @Sendable () -> Timestamp = { .now() }

    /// Runs until the task is cancelled.
    func run() async throws {
        while true {
            let hasMerged = try await step()
            if !hasMerged { try await Task.sleep(for: .milliseconds(200)) }
        }
    }

    /// Does the work that is due; returns whether there may be more.
    func step() async throws -> Bool {
        // An index that was built without a first day is not loaded yet.
        if let day = settings.firstDay(at: now()), let first = index.current.firstDay, first < day {
            index.drop(before: day)
        }
        let index = index
        return try await compute.run { index.compactIfDue() }
    }
}
