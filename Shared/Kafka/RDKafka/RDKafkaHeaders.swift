import CLibRDKafka

/// Reads some headers of messages.
struct RDKafkaHeaders: Sendable {
    private let names: [String]

    /// - Parameter names: the names of the headers to read.
    init(_ names: [String]) {
        self.names = names
    }

    /// The headers of a message.
    ///
    /// Costs O(headers of the message), because librdkafka parses all of them. Messages that were sent together often have
    /// the same headers, which are then compared but not copied.
    ///
    /// - Parameters:
    ///   - message: the message.
    ///   - known: the headers to return if the message has the same.
    /// - Returns: the requested headers that the message has.
    func read(_ message: UnsafePointer<rd_kafka_message_t>, like known: [KafkaHeader]?) -> [KafkaHeader] {
        var headers: OpaquePointer?
        guard !names.isEmpty, rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return []
        }
        if let known, isSame(headers, as: known) { return known }
        return names.compactMap { name in
            Self.value(of: name, in: headers).map { KafkaHeader(name, Array($0)) }
        }
    }

    private func isSame(_ headers: OpaquePointer?, as known: [KafkaHeader]) -> Bool {
        var rest = known[...]
        for name in names {
            let value = Self.value(of: name, in: headers)
            if let next = rest.first, next.name == name {
                guard let value, value.elementsEqual(next.value) else { return false }
                rest.removeFirst()
            } else if value != nil {
                return false
            }
        }
        return true
    }

    /// The last header of a name, because it overrides earlier ones.
    ///
    /// The message owns the bytes.
    private static func value(of name: String, in headers: OpaquePointer?) -> UnsafeRawBufferPointer? {
        var pointer: UnsafeRawPointer?
        var size = 0
        let error = rd_kafka_header_get_last(headers, name, &pointer, &size)
        return error == RD_KAFKA_RESP_ERR_NO_ERROR ? UnsafeRawBufferPointer(start: pointer, count: size) : nil
    }
}
