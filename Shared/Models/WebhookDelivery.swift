/// One domain event for one subscription.
package struct WebhookDelivery: Hashable, Sendable {
    /// The phases.
    package enum State: String, CaseIterable, Sendable {
        /// It is sent now, or will be.
        case pending
        case delivered
        /// It was given up; its owner can replay it.
        case dead
        /// It was not sent because a person had withdrawn a consent.
        case withheld
    }

    package let id: Int64
    /// The id of the message, the same in all attempts.
    package let messageID: String
    package let type: DomainEventType
    package let state: State
    /// How many attempts were begun.
    package let attempts: Int32
    package let createdAt: Timestamp
    /// When the next attempt is due; of a delivery that is sent now, when the attempt is repeated.
    package let dueAt: Timestamp
    package let finishedAt: Timestamp?
    /// The status of the last answer.
    package let status: Int32?
    /// Why the last attempt failed without an answer.
    package let error: String?

    package init(
        id: Int64,
        messageID: String,
        type: DomainEventType,
        state: State,
        attempts: Int32,
        createdAt: Timestamp,
        dueAt: Timestamp,
        finishedAt: Timestamp?,
        status: Int32?,
        error: String?
    ) {
        self.id = id
        self.messageID = messageID
        self.type = type
        self.state = state
        self.attempts = attempts
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.finishedAt = finishedAt
        self.status = status
        self.error = error
    }
}
