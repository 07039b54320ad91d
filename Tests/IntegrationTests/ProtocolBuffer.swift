/// Encodes Protocol Buffers messages independently of our own code, like a foreign client.
struct ProtocolBuffer {
    /// The encoded bytes.
    private(set) var bytes: [UInt8] = []

    /// A varint field.
    mutating func varint(_ field: UInt8, _ value: Int64) {
        bytes.append(field << 3)
        length(UInt64(bitPattern: value))
    }

    /// A `double`.
    mutating func double(_ field: UInt8, _ value: Double) {
        bytes.append(field << 3 | 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    /// An `sfixed64`.
    mutating func fixed(_ field: UInt8, _ value: Int64) {
        bytes.append(field << 3 | 1)
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// A `float`.
    mutating func float(_ field: UInt8, _ value: Float) {
        bytes.append(field << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    /// An embedded message.
    mutating func message(_ field: UInt8, _ message: ProtocolBuffer) {
        bytes.append(field << 3 | 2)
        length(UInt64(message.bytes.count))
        bytes += message.bytes
    }

    private mutating func length(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
