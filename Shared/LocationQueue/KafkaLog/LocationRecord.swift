internal import Kafka
internal import LocationProtocol
internal import Models
internal import Observability

/// A location as a record of the topic: its person is the key, its wire form the value.
///
/// Headers make it an event by CloudEvents 1.0 in Kafka's binary mode. The record's own time is left to the brokers.
enum LocationRecord {
    /// The version of `LocationRecord` in `location.proto`; the next one that older readers cannot understand is 2.
    static let schemaVersion = "1"

    /// The headers that all records of a call have.
    static func headers(trace: TraceContext?) -> [KafkaHeader] {
        var headers = [
            KafkaHeader("content-type", "application/protobuf"),
            KafkaHeader("schema-version", schemaVersion),
            KafkaHeader("ce_specversion", "1.0"),
            KafkaHeader("ce_type", "udaconnect.location.reported"),
            KafkaHeader("ce_source", "/location-producer"),
        ]
        if let trace { headers.append(KafkaHeader("traceparent", trace.traceparent)) }
        return headers
    }

    /// The record of a message.
    ///
    /// The event is known by person and time: one that is repeated is the same event, for every reader.
    static func record(_ message: LocationMessage) -> KafkaRecord {
        let (person, time) = (message.report.personID, message.report.creationTime)
        var value: [UInt8] = []
        value.reserveCapacity(LocationMessage.maximumEncodedBytes)
        message.encode(into: &value)
        return KafkaRecord(
            key: key(of: person),
            headers: [KafkaHeader("ce_id", "\(person.rawValue)-\(time.microseconds)")],
            value: value
        )
    }

    /// The key of a person's records: the number in decimal digits, as one would type it.
    static func key(of person: PersonID) -> [UInt8] {
        Array(String(person.rawValue).utf8)
    }
}
