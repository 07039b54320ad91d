import Synchronization

/// Messages of PostgreSQL's wire protocol.
///
/// Source: PostgreSQL's manual, "Message Formats". libpq sends each of these in one piece and waits for the answer.
enum PostgresBytes {
    /// A simple query (`Q`) that commits.
    static let commit: [UInt8] = [UInt8(ascii: "Q"), 0, 0, 0, 11] + Array("COMMIT".utf8) + [0]
}

/// Returns true every other time.
final class Alternation: Sendable {
    private let isOdd = Atomic(false)

    /// Whether this is an even call.
    func flip() -> Bool {
        isOdd.logicalXor(true, ordering: .relaxed).oldValue
    }
}
