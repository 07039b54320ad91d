package import Models

/// A delivery that a sender has claimed, with all that it needs to send it.
package struct ClaimedDelivery: Sendable {
    package let id: Int64
    /// The attempt, from 1; it also tells a repeated claim from an earlier one.
    package let attempt: Int32
    package let createdAt: Timestamp
    package let webhook: String
    package let url: String
    /// The encrypted secrets: the current one, and the previous one while it counts.
    package let secrets: [[UInt8]]
    package let event: DomainEvent
    /// Whether the persons of the event still agree.
    package let isConsented: Bool
}

/// Deliveries to one endpoint that a sender has claimed together.
package struct ClaimedBatch: Sendable {
    /// How many deliveries a batch has at most.
    package static let capacity = 32

    package let id: Int64
    /// The attempt, from 1; it also tells a repeated claim from an earlier one.
    package let attempt: Int32
    /// How many of its first deliveries were rows at the time of the claim.
    package let unpacked: Int32
    package let webhook: String
    package let deliveries: [ClaimedDelivery]
}

/// The results of the attempts of a batch.
package struct BatchOutcome: Sendable {
    package let batch: ClaimedBatch
    /// One for each delivery whose attempt is over, in any order.
    package var outcomes: [DeliveryOutcome]

    package init(_ batch: ClaimedBatch, _ outcomes: [DeliveryOutcome]) {
        (self.batch, self.outcomes) = (batch, outcomes)
    }
}

/// The result of an attempt.
package struct DeliveryOutcome: Sendable {
    /// What becomes of the delivery.
    package enum Fate: Hashable, Sendable {
        case delivered
        /// The next attempt comes after a pause in microseconds.
        case retried(after: Int64)
        case dead
        case withheld
        /// The attempt was not made; another sender may begin at once.
        case released
        /// The endpoint is gone: the subscription is disabled.
        case gone
    }

    package let delivery: Int64
    package let position: Int64
    package let attempt: Int32
    package let webhook: String
    package let fate: Fate
    package let status: Int32?
    package let error: String?

    package init(_ claimed: ClaimedDelivery, _ fate: Fate, status: Int32? = nil, error: String? = nil) {
        delivery = claimed.id
        position = claimed.event.position
        attempt = claimed.attempt
        webhook = claimed.webhook
        self.fate = fate
        self.status = status
        self.error = error
    }
}
