internal import Kafka
internal import LocationProtocol
internal import Models
internal import Observability

/// A location as a record of the topic: the key is the person, the value the encoded message.
///
/// Headers make it an event of CloudEvents 1.0 in Kafka's binary mode. The brokers set the record's time.
enum LocationRecord {
    /// The headers that readers use.
    static let read = [schemaVersion, traceparent]
    private static let schemaVersion = "schema-version"
    private static let traceparent = "traceparent"

    /// The headers of all records of a call.
    static func headers(trace: TraceContext?) -> [KafkaHeader] {
        var headers = [
            KafkaHeader("content-type", "application/protobuf"),
            KafkaHeader(schemaVersion, MessageContext.schemaVersion),
            KafkaHeader("ce_specversion", "1.0"),
            KafkaHeader("ce_type", "udaconnect.location.reported"),
            KafkaHeader("ce_source", "/location-producer"),
        ]
        headers += Self.headers(of: MessageContext(trace: trace))
        return headers
    }

    /// The headers of a message's context.
    static func headers(of context: MessageContext) -> [KafkaHeader] {
        var headers: [KafkaHeader] = []
        if let version = context.schemaVersion { headers.append(KafkaHeader(schemaVersion, version)) }
        if let trace = context.trace { headers.append(KafkaHeader(traceparent, trace.traceparent)) }
        return headers
    }

    /// The context in a record's headers; an invalid trace counts as none.
    static func context(_ headers: [KafkaHeader]) -> MessageContext {
        func value(_ name: String) -> [UInt8]? { headers.last { $0.name == name }?.value }
        return MessageContext(
            schemaVersion: value(schemaVersion).map(version),
            trace: value(traceparent).flatMap { TraceContext(traceparent: String(decoding: $0, as: UTF8.self)) }
        )
    }

    /// A version from an unknown writer that is safe to keep, log and send: a short word.
    private static func version(_ bytes: [UInt8]) -> String {
        let isWord = (1...32).contains(bytes.count) && bytes.allSatisfy { (0x21...0x7E).contains($0) }
        return isWord ? String(decoding: bytes, as: UTF8.self) : "invalid"
    }

    /// The record of a message.
    ///
    /// The id of the event is person, device, time and place, so a repeat is the same event for every reader. A withheld message
    /// has neither key nor id nor content.
    static func record(_ message: LocationMessage) -> KafkaRecord {
        guard !message.isWithheld else { return KafkaRecord(key: nil, value: []) }
        let event = message.report.identity
        var value: [UInt8] = []
        value.reserveCapacity(LocationMessage.maximumEncodedBytes)
        message.encode(into: &value)
        return KafkaRecord(
            key: key(of: event.personID),
            headers: [KafkaHeader("ce_id", event.description)],
            value: value
        )
    }

    /// The key of a person's records: the number in decimal digits.
    static func key(of person: PersonID) -> [UInt8] {
        Array(String(person.rawValue).utf8)
    }
}
