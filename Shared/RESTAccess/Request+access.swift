package import Access
package import HTTPServer
package import Models

extension Request {
    /// Who asks, and the conditions that the answer has to keep.
    ///
    /// A request of a router without access control, as in tests, counts as a legacy one.
    package var access: GrantedAccess {
        caller as? GrantedAccess ?? GrantedAccess(identity: .legacy, role: .legacy)
    }

    /// The person who asks.
    ///
    /// - Throws: a 403 problem if the identity is not a person's.
    package var person: PersonID {
        get throws(Problem) {
            guard let person = access.identity.person else { throw AccessDenial.role.problem }
            return person
        }
    }
}

extension GrantedAccess {
    /// Whether the identity may see an object of a person: not if the grant is for its own objects, and this is not one.
    package func mayMeet(_ person: PersonID) -> Bool {
        !grant.isOwn || identity.person == person
    }
}
