/// Writes messages in the encoding of Protocol Buffers, field by field.
///
/// https://protobuf.dev/programming-guides/encoding/
package struct ProtobufWriter {
    /// The bytes written so far.
    package private(set) var bytes: [UInt8] = []

    /// An empty message.
    package init() {}

    /// An integer; zero, the default of proto3, is not written.
    package mutating func varint(_ field: Int, _ value: Int64) {
        guard value != 0 else { return }
        tag(field, 0)
        append(UInt64(bitPattern: value))
    }

    /// Text, also if it is empty.
    package mutating func string(_ field: Int, _ text: some StringProtocol) {
        data(field, Array(text.utf8))
    }

    /// Bytes, or an encoded message.
    package mutating func data(_ field: Int, _ value: [UInt8]) {
        tag(field, 2)
        append(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// A message within this one.
    package mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        data(field, inner.bytes)
    }

    private mutating func tag(_ field: Int, _ wireType: UInt64) {
        append(UInt64(field) << 3 | wireType)
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
