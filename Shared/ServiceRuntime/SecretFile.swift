import Glibc

/// A secret in a file of at most 4,096 bytes.
package struct SecretFile: Sendable {
    /// The maximum size of the file in bytes.
    static let maximumBytes = 4_096

    /// The path of the file.
    let path: String
    /// The content without the line end.
    package let secret: Secret

    /// Reads a file; returns `nil` if it cannot be read, is empty, is too long, or is not text.
    package init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let start = count
            let new = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if new < 0 && errno == EINTR { continue }
            guard new >= 0 else { return nil }
            if new == 0 { break }
            count += new
        }
        guard count <= Self.maximumBytes, let text = String(validating: bytes[..<count], as: UTF8.self) else {
            return nil
        }
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        guard !line.isEmpty else { return nil }
        self.path = path
        secret = Secret(String(line))
    }
}
