/// A subscription: which events are sent where.
package struct Webhook: Hashable, Sendable {
    /// What its owner chooses.
    package struct Details: Hashable, Sendable {
        /// Its purpose, in the words of its owner.
        package var name: String
        /// Where events are sent.
        package var url: String
        package var types: Set<DomainEventType>
        /// The events whose domain events are sent; all if empty.
        package var events: Set<EventID> = []
        /// The persons that a domain event has to name one of; all events if empty.
        package var persons: Set<PersonID> = []
        /// The zones that a domain event has to name one of; all events if empty.
        package var zones: Set<ZoneID> = []
        /// Whether an event is sent only once the ones before it were delivered or given up.
        package var isOrdered = false
        package var isEnabled = true

        package init(name: String, url: String, types: Set<DomainEventType>) {
            (self.name, self.url, self.types) = (name, url, types)
        }
    }

    package let id: String
    package let details: Details
    /// Why the sender disabled it; `nil` if it did not.
    package let disabledReason: String?
    /// The subject that created it.
    package let createdBy: String
    package let createdAt: Timestamp
    /// Until when signatures with the previous secret are sent, too.
    package let previousUntil: Timestamp?
    /// How many deliveries have failed in a row.
    package let failures: Int32
    /// Until when nothing is sent because of these failures.
    package let closedUntil: Timestamp?

    package init(
        id: String,
        details: Details,
        disabledReason: String?,
        createdBy: String,
        createdAt: Timestamp,
        previousUntil: Timestamp?,
        failures: Int32,
        closedUntil: Timestamp?
    ) {
        self.id = id
        self.details = details
        self.disabledReason = disabledReason
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.previousUntil = previousUntil
        self.failures = failures
        self.closedUntil = closedUntil
    }
}
