internal import Kafka
package import Models

/// A dead letter as it is published.
package struct DeadLetterRecord: Sendable {
    /// The message as it arrived.
    package let payload: [UInt8]
    /// The reason, a code such as `unknown_person`.
    package let reason: String
    /// The person, if that could be decoded.
    package let personID: PersonID?
    /// The position in the queue; `nil` if it did not come through it.
    package let origin: (partition: Int, offset: Int64)?
    /// When the queue accepted it.
    package let appendedAt: Timestamp
    /// The context of the message.
    package let context: MessageContext

    /// A dead letter with what is known about it.
    package init(
        payload: [UInt8],
        reason: String,
        personID: PersonID?,
        origin: (partition: Int, offset: Int64)?,
        appendedAt: Timestamp,
        context: MessageContext
    ) {
        self.payload = payload
        self.reason = reason
        self.personID = personID
        self.origin = origin
        self.appendedAt = appendedAt
        self.context = context
    }

    /// The record: its key is the person; its headers have the reason, the position and the context.
    func record(from topic: String) -> KafkaRecord {
        var headers = [
            KafkaHeader("dead-letter-reason", reason),
            KafkaHeader("origin-topic", topic),
            KafkaHeader("origin-appended-at", "\(appendedAt)Z"),
        ]
        if let origin {
            headers.append(KafkaHeader("origin-partition", String(origin.partition)))
            headers.append(KafkaHeader("origin-offset", String(origin.offset)))
        }
        headers += LocationRecord.headers(of: context)
        return KafkaRecord(key: personID.map(LocationRecord.key), headers: headers, value: payload)
    }
}

extension KafkaLogProducer {
    /// Publishes dead letters in their topic.
    ///
    /// A letter that is published twice has the same `origin-partition` and `origin-offset`.
    package func publish(_ letters: [DeadLetterRecord]) async throws(LocationQueueError) {
        let topic = log.configuration.topic
        _ = try await send(letters.map { $0.record(from: topic) }, to: log.configuration.deadLetterTopic)
    }
}
