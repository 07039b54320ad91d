/// A meeting, a visit of a zone or the attendance of a session, as it is published to other systems.
package struct Fact: Hashable, Sendable {
    /// The kind of fact, with its persons.
    package enum Subject: Hashable, Sendable {
        /// Two persons, the one with the lower number first.
        case meeting(PersonID, PersonID)
        case visit(PersonID, ZoneID)
        case attendance(PersonID, SessionID)
    }

    package let subject: Subject
    /// The event at whose venue and time it happened; `nil` if it was outside of all events.
    package var event: EventID?
    package var start: Timestamp
    /// The last moment known so far.
    package var end: Timestamp
    /// Whether it has ended; a late fix may still change it.
    package var isOver: Bool

    package init(_ subject: Subject, at event: EventID?, from start: Timestamp, to end: Timestamp, isOver: Bool) {
        self.subject = subject
        self.event = event
        self.start = start
        self.end = end
        self.isOver = isOver
    }

    /// The one or two persons.
    package var persons: [PersonID] {
        switch subject {
        case .meeting(let first, let second): [first, second]
        case .visit(let person, _), .attendance(let person, _): [person]
        }
    }
}

/// A fact about which events were published.
package struct PublishedFact: Hashable, Sendable {
    /// The id in all events about the fact.
    package let id: String
    package var fact: Fact
    /// The revision of the last event about it; 0 before the first one.
    package var revision: Int32

    package init(id: String, fact: Fact, revision: Int32 = 0) {
        (self.id, self.fact, self.revision) = (id, fact, revision)
    }
}

/// A change of a fact, and the events about it.
package struct FactChange: Hashable, Sendable {
    /// The fact after the change; its revision is that before the change.
    package let fact: PublishedFact
    /// The types of the events, in order; each one is another revision.
    package let types: [DomainEventType]
    /// Whether the fact turned out not to have happened.
    package let isWithdrawn: Bool

    package init(_ fact: PublishedFact, _ types: [DomainEventType], isWithdrawn: Bool = false) {
        (self.fact, self.types, self.isWithdrawn) = (fact, types, isWithdrawn)
    }
}
