import Credentials
import HTTPClient
import JSON
import Models
import Persistence

/// The request that tells an endpoint an event, by the Standard Webhooks specification 1.0.
struct DeliveryMessage {
    let id: String
    let body: [UInt8]

    /// The message of an event.
    init(_ event: DomainEvent) {
        id = event.messageID
        body = JSONWriter.object { writer in
            writer.member("type", event.type.rawValue)
            writer.member("timestamp", event.recordedAt.description)
            writer.object("data") { event.writeMembers(to: &$0) }
        }
    }

    /// The request of an attempt, with a signature for each secret.
    ///
    /// - Parameters:
    ///   - url: the endpoint.
    ///   - secrets: the secrets that count, at least one.
    ///   - now: the time of the attempt.
    /// - Returns: the request.
    func post(to url: String, signedBy secrets: [WebhookSecret], at now: Timestamp) -> PostLoop.Post {
        let seconds = now.microseconds / 1_000_000
        return PostLoop.Post(
            url: url,
            headers: [
                ("Content-Type", "application/json"),
                ("webhook-id", id),
                ("webhook-timestamp", "\(seconds)"),
                ("webhook-signature", secrets.map { $0.signature(of: id, at: seconds, body) }.joined(separator: " ")),
            ],
            body: body
        )
    }
}

extension DomainEvent {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", subject)
        writer.member("revision", revision)
        if isWithdrawn { writer.member("withdrawn", true) }
        if type.isAboutMeetings {
            writer.array("person_ids", of: [person, other].compactMap { $0 }) { $0.value($1.rawValue) }
        } else if let person {
            writer.member("person_id", person.rawValue)
        }
        if let event { writer.member("event_id", event.rawValue) }
        if let zone { writer.member("zone_id", zone.rawValue) }
        if let session { writer.member("session_id", session.rawValue) }
        if let start { writer.member("start", start.description) }
        if let end { writer.member("end", end.description) }
    }
}

extension DomainEventType {
    fileprivate var isAboutMeetings: Bool { [.meetingStarted, .meetingEnded, .meetingRevised].contains(self) }
}
