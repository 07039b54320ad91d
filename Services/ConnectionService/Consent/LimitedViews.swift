import Access
import Credentials
import HTTPServer
import Models
import RESTAccess

/// Makes the limited view of a request.
struct LimitedViews: Sendable {
    /// The consents of all persons; throws a 503 problem if they are not known.
    let consents: @Sendable () throws(Problem) -> [PersonID: Consents]
    /// The secret of the pseudonyms.
    let pseudonyms: KeyedDigest
    /// How many persons may be named to an attendee in a day who were not named before.
    var newAcquaintances = Int.max

    /// What the answer about a person may show; `nil` if everything.
    ///
    /// - Throws: a 503 problem if the consents are not known.
    func view(of person: PersonID, for request: Request) throws(Problem) -> LimitedView? {
        guard request.access.grant.isLimited else { return nil }
        return LimitedView(
            of: person,
            try consents(),
            pseudonyms: pseudonyms,
            newAcquaintances: request.access.role == .attendee ? newAcquaintances : nil
        )
    }

    /// The persons that figures may count; everyone without access control.
    ///
    /// - Throws: a 503 problem if the consents are not known.
    func counted(for request: Request) throws(Problem) -> CountedPersons {
        request.countsEveryone ? .everyone : CountedPersons(try consents())
    }
}

extension Request {
    /// Whether the answer counts everyone, as figures do without access control.
    var countsEveryone: Bool { access.role == .legacy }
}
