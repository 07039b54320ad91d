/// A kind of event that is sent to other systems.
package enum DomainEventType: String, CaseIterable, Sendable {
    case meetingStarted = "meeting.started"
    case meetingEnded = "meeting.ended"
    /// A late fix changed a published meeting, or withdrew it.
    case meetingRevised = "meeting.revised"
    case zoneEntered = "zone.entered"
    case zoneLeft = "zone.left"
    case sessionAttended = "session.attended"
    case personErased = "person.erased"
    /// A test of one subscription, which its owner asked for.
    case ping = "webhook.ping"

    /// The types that a subscription can have.
    package static let subscribable = allCases.filter { $0 != .ping }
}

/// Something that happened: an event of the domain, not an event with a venue.
package struct DomainEvent: Hashable, Sendable {
    /// The place in the queue of events.
    package var position: Int64
    /// The id of what the event is about; revisions of the same meeting, visit or attendance share it.
    package var subject: String
    /// Counts the events about the subject, from 1; the highest one is right.
    package var revision: Int32
    package var type: DomainEventType
    package var person: PersonID?
    /// The other person of a meeting.
    package var other: PersonID?
    package var event: EventID?
    package var zone: ZoneID?
    package var session: SessionID?
    package var start: Timestamp?
    /// The last moment known so far, of what is not over as well.
    package var end: Timestamp?
    /// Whether the subject turned out not to have happened.
    package var isWithdrawn = false
    package var recordedAt: Timestamp

    /// The id of the message that tells an event; receivers use it to recognise repeats.
    package var messageID: String { Self.messageID(subject, revision) }

    /// The id of the message that tells a revision of a subject.
    package static func messageID(_ subject: String, _ revision: Int32) -> String { "\(subject).\(revision)" }

    package init(
        position: Int64,
        subject: String,
        revision: Int32,
        type: DomainEventType,
        recordedAt: Timestamp
    ) {
        self.position = position
        self.subject = subject
        self.revision = revision
        self.type = type
        self.recordedAt = recordedAt
    }
}
