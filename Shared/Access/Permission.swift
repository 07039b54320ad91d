/// What an operation asks of an identity: who may call it, and under which conditions.
package struct Permission: Hashable, Sendable {
    /// The conditions for one role; all of them have to hold.
    package struct Grant: Hashable, Sendable {
        /// The person of the path, or of the object, must be the identity's.
        package var isOwn = false
        /// The answer shows only what both persons have consented to.
        package var isLimited = false
        /// The person must have logged in within the last five minutes.
        package var isFresh = false
        /// Each call is written to the audit, and a purpose must be given unless the data are the reader's own.
        package var isAudited = false
        /// An operator needs an emergency access.
        package var isEmergency = false
        /// The scope that a client or a service needs.
        package var scope: String?

        /// Parses conditions separated by spaces: `own fresh`, `scope:persons.read audited`, or `yes` for none.
        ///
        /// Returns `nil` if a word is unknown.
        package init?(_ text: String) {
            for word in text.split(separator: " ") {
                switch word {
                case "yes": break
                case "own": isOwn = true
                case "limited": isLimited = true
                case "fresh": isFresh = true
                case "audited": isAudited = true
                case "emergency": (isEmergency, isAudited) = (true, true)
                default:
                    guard word.hasPrefix("scope:"), scope == nil else { return nil }
                    scope = String(word.dropFirst(6))
                }
            }
        }

        /// A grant without conditions.
        package init() {}
    }

    /// Whether everyone may call it: probes, descriptions and pages.
    package var isPublic = false
    /// Whether the handler itself checks the credential, as for phones.
    package var isCheckedByHandler = false
    /// Whether any session may call it, also that of a login without a person and a role.
    package var isForAnySession = false
    /// The path parameter that is a person's number.
    package var person: String?
    /// The path parameter that is an event's number; organisers and clients of other events are refused.
    package var event: String?
    /// What one call costs of the daily limit.
    package var units = 1
    /// What it costs besides for each day that the question covers.
    package var unitsPerDay = 0
    /// The grants by role; roles without one are refused.
    package var grants: [Role: Grant] = [:]

    /// A permission without any grant.
    package init() {}
}

/// A request that may be answered: who asks, and which conditions the answer has to keep.
package struct GrantedAccess: Sendable {
    /// Who asks.
    package let identity: Identity
    /// The role that allows it; `nil` if the operation is public or for any session, or if the handler checks the credential.
    package let role: Role?
    /// The conditions of the role.
    package let grant: Permission.Grant

    package init(identity: Identity, role: Role? = nil, grant: Permission.Grant = Permission.Grant()) {
        self.identity = identity
        self.role = role
        self.grant = grant
    }
}

/// Why a request is refused.
package enum AccessDenial: String, Error, CaseIterable, Sendable {
    /// There is no valid credential.
    case unidentified
    /// No role of the identity may call the operation.
    case role
    /// A client has not the scope.
    case scope
    /// The role is for other events.
    case event
    /// The object is another person's, and its existence is a secret.
    case notOwn = "not_own"
    /// The person has to log in again.
    case stale
    /// The reader has to give a purpose.
    case purpose
    /// The operator needs an emergency access.
    case emergency
}
