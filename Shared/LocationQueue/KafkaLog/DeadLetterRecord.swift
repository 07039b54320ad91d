internal import Kafka
package import Models

/// A message that could not be stored, as it is published.
package struct DeadLetterRecord: Sendable {
    /// The message as it came.
    package let payload: [UInt8]
    /// Why it could not be stored: a code such as `unknown_person`.
    package let reason: String
    /// Whom it is about, if that could be read.
    package let personID: PersonID?
    /// Where it lay in the queue; `nil` if it came another way.
    package let origin: (partition: Int, offset: Int64)?
    /// When the queue took it.
    package let appendedAt: Timestamp
    /// What came with it.
    package let context: MessageContext

    /// Joins what is known.
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

    /// The message under its person, with the reason, where it came from and what came with it in its headers.
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
    /// Publishes messages that could not be stored in the topic of dead letters.
    ///
    /// What is published twice has the same `origin-partition` and `origin-offset`.
    package func publish(_ letters: [DeadLetterRecord]) async throws(LocationQueueError) {
        let topic = log.configuration.topic
        _ = try await send(letters.map { $0.record(from: topic) }, to: log.configuration.deadLetterTopic)
    }
}
