package import Models

/// Whether an identity is a phone, a person, an operator or a program; one identity can have several roles.
package enum Role: String, CaseIterable, Sendable {
    /// Everything without a credential, in open mode only.
    case legacy
    /// A phone that belongs to one person.
    case device
    /// A person who attends an event.
    case attendee
    /// A person who organises events.
    case organiser
    /// A person who runs the machines.
    case `operator`
    /// A program of others, with an API key or an access token.
    case client
    /// One of our own services.
    case service
}

/// Who asks: the result of checking a credential.
package struct Identity: Hashable, Sendable {
    /// The name in the audit, without personal data: `person:7`, `key:3f9a01bc`, `anonymous`.
    package var subject: String
    /// The roles; none for a request without a credential.
    package var roles: Set<Role>
    /// The person that the identity is, or that the device belongs to.
    package var person: PersonID?
    /// The events that an organiser or a client is limited to; all events if empty.
    package var events: Set<EventID> = []
    /// The scopes of a client or a service, such as `persons.read`.
    package var scopes: Set<String> = []
    /// The id of the session or key, by which it can be revoked.
    package var session: String?
    /// When the person last proved who they are.
    package var authenticatedAt: Timestamp?
    /// Whether an emergency access has been granted to an operator.
    package var hasEmergencyAccess = false
    /// Why the data of others are read, in the words of the reader.
    package var purpose: String?

    /// An identity.
    package init(subject: String, roles: Set<Role>, person: PersonID? = nil) {
        self.subject = subject
        self.roles = roles
        self.person = person
    }

    /// Whether the roles of an organiser or a client are for an event.
    package func mayUse(_ event: EventID) -> Bool {
        events.isEmpty || events.contains(event)
    }

    /// A request without a credential.
    package static let anonymous = Identity(subject: "anonymous", roles: [])
    /// A request without a credential in open mode.
    package static let legacy = Identity(subject: "legacy", roles: [.legacy])
}
