import Models
import Observability
import Persistence

/// Wakes the streams of persons whose nudges may have changed.
struct NudgeWatch: Sendable {
    let nudges: NudgeStore
    let watchers: PersonWatchers
    let logger: Logger

    /// Follows changes until the task is cancelled.
    func run() async throws {
        try await ChangeFollower("Not listening for nudges", logger, listen: nudges.changes).run { change in
            switch change {
            case .changed(let person): watchers.notify(.nudges, [person.rawValue])
            case .missed: watchers.notifyAll(.nudges)
            }
        }
    }
}
