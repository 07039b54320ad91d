import JSON
import Models
import Persistence

extension AuditRecord {
    /// Writes the record as an object; members without a value are absent.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("time", entry.time.description)
            writer.member("subject", entry.subject)
            if let role = entry.role { writer.member("role", role) }
            if let session = entry.session { writer.member("session", session) }
            writer.member("operation", entry.operation)
            if let person = entry.person { writer.member("person_id", person.rawValue) }
            if let event = entry.event { writer.member("event_id", event.rawValue) }
            writer.member("decision", entry.decision)
            if let purpose = entry.purpose { writer.member("purpose", purpose) }
            if let count = entry.count { writer.member("count", count) }
            if let network = entry.network { writer.member("network", network) }
            if let request = entry.request { writer.member("request", request) }
        }
    }
}
