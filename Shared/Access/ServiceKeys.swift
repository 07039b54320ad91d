import Credentials

/// The secret keys between access-service and one receiving service.
///
/// The first one makes headers, and each of them verifies. To change a key, add the new one at the end of both files,
/// then move it to the front, then remove the old one; services read their files again without a restart.
package struct ServiceKeys: Sendable {
    /// Why the content of a file has no keys.
    package enum Problem: Error, Equatable, CustomStringConvertible {
        /// There is no key, or there are more than four.
        case count(Int)
        /// A line, counted from 1, is not a key.
        case line(Int)

        package var description: String {
            switch self {
            case .count(let count): "a file of keys has 1 to 4 lines, this one has \(count)"
            case .line(let line): "line \(line) is not a key of 64 hexadecimal digits"
            }
        }
    }

    private let keys: [KeyedDigest]

    /// No keys: every header is refused.
    package static let none = ServiceKeys(keys: [])

    private init(keys: [KeyedDigest]) {
        self.keys = keys
    }

    /// Reads keys: 1 to 4 lines of 64 hexadecimal digits.
    ///
    /// - Throws: which line is not a key.
    package init(text: String) throws(Problem) {
        let lines = text.split(separator: "\n")
        guard (1...4).contains(lines.count) else { throw .count(lines.count) }
        var keys: [KeyedDigest] = []
        for (index, line) in lines.enumerated() {
            guard let bytes = Self.bytes(hexadecimal: line.utf8) else { throw .line(index + 1) }
            keys.append(KeyedDigest(key: bytes))
        }
        self.keys = keys
    }

    /// The HMAC-SHA-256 of a content by the first key; `nil` without a key.
    package func code(of content: some Collection<UInt8>) -> [UInt8]? {
        keys.first?.bytes(of: content)
    }

    /// Whether one of the keys made the code of a content.
    package func made(_ code: [UInt8], of content: some Collection<UInt8>) -> Bool {
        keys.contains { ConstantTime.areEqual($0.bytes(of: content), code) }
    }

    private static func bytes(hexadecimal text: Substring.UTF8View) -> [UInt8]? {
        let digits = text.compactMap { Character(Unicode.Scalar($0)).hexDigitValue.map(UInt8.init) }
        guard text.count == 64, digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
