/// Bytes from the system's secure source.
package enum RandomBytes {
    /// Generates a number of bytes.
    package static func make(count: Int) -> [UInt8] {
        var source = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &source) }
    }
}
