import Synchronization

/// Messages of PostgreSQL's protocol as they go over the wire.
///
/// Source: PostgreSQL's manual, "Message Formats". libpq sends each of these in one piece and waits for the answer.
enum PostgresBytes {
    /// A simple query (`Q`) that commits.
    static let commit: [UInt8] = [UInt8(ascii: "Q"), 0, 0, 0, 11] + Array("COMMIT".utf8) + [0]
}

/// Says yes every other time.
final class Alternation: Sendable {
    private let isOdd = Atomic(false)

    /// Whether this is the second, fourth, … time.
    func flip() -> Bool {
        isOdd.logicalXor(true, ordering: .relaxed).oldValue
    }
}
