package import Models

extension Permission {
    /// How long after a login dangerous acts are allowed, in microseconds.
    private static let freshness: Int64 = 300_000_000
    /// The order in which roles are tried: those with the smallest view come first.
    private static let order: [Role] = [.device, .attendee, .service, .client, .organiser, .operator, .legacy]

    /// Decides whether an identity may call the operation.
    ///
    /// - Parameters:
    ///   - identity: who asks.
    ///   - person: the person that the path names; `nil` if it names none, or if only the object tells it. Then the
    ///     handler compares.
    ///   - event: the event that the path names; `nil` if it names none.
    ///   - now: the current time.
    /// - Returns: the access, with the role that allows it and its conditions.
    /// - Throws: the denial of the role that came nearest to it.
    package func decide(
        _ identity: Identity,
        on person: PersonID?,
        of event: EventID? = nil,
        now: Timestamp
    ) throws(AccessDenial) -> GrantedAccess {
        if isPublic { return GrantedAccess(identity: identity) }
        guard !identity.roles.isEmpty else {
            guard isCheckedByHandler || isForAnySession && identity.session != nil else { throw .unidentified }
            return GrantedAccess(identity: identity)
        }
        var denial = AccessDenial.role
        for role in Self.order where identity.roles.contains(role) {
            guard let grant = grants[role] else { continue }
            if let event, [.organiser, .client].contains(role), !identity.mayUse(event) {
                denial = .event
                continue
            }
            guard let found = check(grant, identity, on: person, now: now) else {
                return GrantedAccess(identity: identity, role: role, grant: grant)
            }
            denial = found
        }
        throw denial
    }

    private func check(_ grant: Grant, _ identity: Identity, on person: PersonID?, now: Timestamp) -> AccessDenial? {
        if let scope = grant.scope, !identity.scopes.contains(scope) { return .scope }
        if grant.isOwn, let person, person != identity.person { return .notOwn }
        if grant.isOwn, identity.person == nil { return .role }
        if grant.isFresh {
            let age = identity.authenticatedAt.map { now.microseconds - $0.microseconds } ?? .max
            guard age <= Self.freshness else { return .stale }
        }
        if grant.isEmergency, !identity.hasEmergencyAccess { return .emergency }
        // Own data need no purpose, even if the access is recorded.
        if grant.isAudited, !grant.isOwn, identity.roles.isDisjoint(with: [.client, .service]),
            identity.purpose?.isEmpty ?? true
        {
            return .purpose
        }
        return nil
    }
}
