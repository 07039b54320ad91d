import Synchronization

/// The persons whose segments may have changed since their only reader last asked; 4 bytes a person.
final class ChangedPersons: Sendable {
    /// The changes between two questions.
    struct Changes: Sendable {
        /// Whether the segments of any person may have changed.
        var isAll = false
        var persons: Set<Int32> = []
    }

    private let changes = Mutex(Changes())

    /// Records changes of some persons.
    func note(_ persons: Set<Int32>) {
        changes.withLock { changes in
            if !changes.isAll { changes.persons.formUnion(persons) }
        }
    }

    /// Records that anything may have changed.
    func noteAll() {
        changes.withLock { $0 = Changes(isAll: true) }
    }

    /// Returns the changes, and forgets them.
    func take() -> Changes {
        changes.withLock { changes in
            defer { changes = Changes() }
            return changes
        }
    }
}
