import Access
import HTTPServer
import Models
import Networking
import Persistence
import RESTAccess

extension Request {
    /// The network of the client for the audit, which says little about a person.
    var coarseNetwork: String? { IPAddress(clientAddress)?.coarseNetwork }
}

extension AuditEntry {
    /// What the audit says of an act of access-service itself.
    init(_ operation: String, _ request: Request, person: PersonID? = nil, event: EventID? = nil) {
        let access = request.access
        self.init(time: .now(), subject: access.identity.subject, operation: operation)
        role = access.role?.rawValue
        session = access.identity.session
        self.person = person
        self.event = event ?? (access.identity.events.count == 1 ? access.identity.events.first : nil)
        purpose = access.identity.purpose
        network = request.coarseNetwork
        self.request = request.id
    }
}

extension AuditLog.Unavailable: ProblemConvertible {
    /// 503: the act is refused, since it cannot be recorded.
    var problem: Problem { .unavailable("This is not possible while the audit is away: try again shortly.") }
}
