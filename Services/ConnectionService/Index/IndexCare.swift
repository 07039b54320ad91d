import Models
import Proximity
import ServiceWiring

/// Keeps the index in shape: merges its parts, and lets days go that the window has left behind.
struct IndexCare: Sendable {
    private let index: LiveIndex
    private let settings: IndexSettings
    private let compute: ComputeThreads

    init(_ index: LiveIndex, _ settings: IndexSettings, _ compute: ComputeThreads) {
        self.index = index
        self.settings = settings
        self.compute = compute
    }

    /// Works until the task is cancelled.
    func run() async throws {
        while true {
            if let day = settings.firstDay(at: .now()), index.current.firstDay.map({ $0 < day }) ?? false {
                index.drop(before: day)
            }
            let index = index
            let hasMerged = try await compute.run { index.compactIfDue() }
            if !hasMerged { try await Task.sleep(for: .milliseconds(200)) }
        }
    }
}
