import Models

/// Compares the facts of today with the published ones.
///
/// Meetings and visits have no natural key: a fix that arrives late may move their ends, join two of them or split one. A
/// fact that overlaps a published one of the same persons or zone is the same one.
struct FactComparison {
    /// Facts that start earlier are final.
    let horizon: Timestamp
    /// Makes the id of a new fact.
    var newID: () -> String = { RandomText.make(characters: 16) }

    /// The largest change of a start or an end that is not published, in microseconds: each fix moves the ends a little.
    static let tolerance: Int64 = 30_000_000

    /// The changes that make the published facts the found ones.
    ///
    /// O(n log n) for different persons; quadratic in the number of facts about the same persons, zone or session.
    func changes(from published: [PublishedFact], to found: [Fact]) -> [FactChange] {
        let published = Dictionary(grouping: published, by: \.fact.subject)
        let found = Dictionary(grouping: found, by: \.subject)
        var changes: [FactChange] = []
        for subject in Set(published.keys).union(found.keys) {
            changes += self.changes(from: published[subject] ?? [], to: found[subject] ?? [], of: subject)
        }
        // The order of events is that of time.
        return changes.sorted { ($0.fact.fact.start, $0.fact.id) < ($1.fact.fact.start, $1.fact.id) }
    }

    private func changes(
        from published: [PublishedFact],
        to found: [Fact],
        of subject: Fact.Subject
    ) -> [FactChange] {
        var rest = published.sorted { ($0.fact.start, $0.id) < ($1.fact.start, $1.id) }
        var changes: [FactChange] = []
        for fact in found.sorted(by: { $0.start < $1.start }) {
            if let place = rest.firstIndex(where: { $0.fact.isSame(as: fact) }) {
                let old = rest.remove(at: place)
                if old.fact.start >= horizon, let change = change(from: old, to: fact) { changes.append(change) }
            } else if fact.start >= horizon {
                let types = [subject.started, fact.isOver ? subject.ended : nil].compactMap { $0 }
                changes.append(FactChange(PublishedFact(id: newID(), fact: fact), types))
            }
        }
        for fact in rest where fact.fact.start >= horizon {
            let types = fact.revision > 0 ? [subject.revised(isOver: true)] : []
            changes.append(FactChange(fact, types, isWithdrawn: true))
        }
        return changes
    }

    /// The change from a published fact to the same one as it is found now; `nil` if nothing has changed.
    private func change(from old: PublishedFact, to fact: Fact) -> FactChange? {
        let hasMoved = fact.event != old.fact.event || fact.start.isFar(from: old.fact.start)
        let hasNewEnd = fact.end.isFar(from: old.fact.end)
        let types: [DomainEventType]
        switch (old.fact.isOver, fact.isOver) {
        case (false, true): types = [fact.subject.ended]
        case (true, _) where hasMoved || hasNewEnd || !fact.isOver: types = [fact.subject.revised(isOver: fact.isOver)]
        case (false, false) where hasMoved && old.revision > 0: types = [fact.subject.revised(isOver: false)]
        case (false, false) where hasMoved || hasNewEnd: types = []
        default: return nil
        }
        return FactChange(PublishedFact(id: old.id, fact: fact, revision: old.revision), types)
    }
}

extension Timestamp {
    fileprivate func isFar(from other: Timestamp) -> Bool {
        abs(microseconds - other.microseconds) > FactComparison.tolerance
    }
}

extension Fact {
    /// Whether both are about the same thing, given that they have the same subject.
    fileprivate func isSame(as other: Fact) -> Bool {
        if case .attendance = subject { return true }
        let gap = subject.gap
        return start.microseconds <= other.end.microseconds + gap && other.start.microseconds <= end.microseconds + gap
    }
}

extension Fact.Subject {
    /// The event that tells the start, if any: attendance counts once the session is over.
    fileprivate var started: DomainEventType? {
        switch self {
        case .meeting: .meetingStarted
        case .visit: .zoneEntered
        case .attendance: nil
        }
    }

    fileprivate var ended: DomainEventType {
        switch self {
        case .meeting: .meetingEnded
        case .visit: .zoneLeft
        case .attendance: .sessionAttended
        }
    }

    fileprivate func revised(isOver: Bool) -> DomainEventType {
        switch self {
        case .meeting: .meetingRevised
        case .visit: isOver ? .zoneLeft : .zoneEntered
        case .attendance: .sessionAttended
        }
    }
}
