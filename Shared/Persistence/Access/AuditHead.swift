package import Access
package import Credentials
package import Models
internal import Postgres

/// The last record of a writer's chain at a moment, signed, so that records at the end cannot be removed unnoticed.
///
/// Its text goes to the log, from where an operator of the database cannot take it back.
package struct AuditHead: Hashable, Sendable {
    /// The process that wrote the record.
    package let writer: String
    /// The record's number.
    package let number: Int64
    /// The record's digest.
    package let digest: TokenDigest
    /// When it was signed.
    package let signedAt: Timestamp
    /// HMAC-SHA-256 with the key of the audit.
    let signature: [UInt8]

    private static let prefix = "audit-head.v1"

    init(writer: String, number: Int64, digest: TokenDigest, signedAt: Timestamp, signature: [UInt8]) {
        (self.writer, self.number, self.digest) = (writer, number, digest)
        (self.signedAt, self.signature) = (signedAt, signature)
    }

    /// Signs the end of a chain; `nil` without a key.
    package init?(writer: String, number: Int64, digest: TokenDigest, signedAt: Timestamp, by keys: ServiceKeys) {
        let content = Self.content(writer, number, digest, signedAt)
        guard let signature = keys.code(of: content.utf8) else { return nil }
        self.init(writer: writer, number: number, digest: digest, signedAt: signedAt, signature: signature)
    }

    /// Whether one of the keys made the signature.
    package func isSigned(by keys: ServiceKeys) -> Bool {
        keys.made(signature, of: Self.content(writer, number, digest, signedAt).utf8)
    }

    /// The head as text without spaces: `audit-head.v1.<writer>.<number>.<digest>.<microseconds>.<signature>`.
    package var text: String {
        "\(Self.content(writer, number, digest, signedAt)).\(Base64URL.encode(signature))"
    }

    /// Reads the first ``text`` in a line, such as a line of a log; `nil` without one.
    package init?(in line: String) {
        guard let start = line.firstRange(of: Self.prefix)?.upperBound else { return nil }
        let parts = line[start...].prefix { $0.isLetter || $0.isNumber || "._-".contains($0) }
            .split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1].utf8.count <= 64, let number = Int64(parts[2]),
            let bytes = Base64URL.decode(parts[3]), let digest = TokenDigest(bytes), let time = Int64(parts[4]),
            let signature = Base64URL.decode(parts[5])
        else { return nil }
        self.init(
            writer: String(parts[1]),
            number: number,
            digest: digest,
            signedAt: Timestamp(microseconds: time),
            signature: signature
        )
    }

    private static func content(
        _ writer: String,
        _ number: Int64,
        _ digest: TokenDigest,
        _ signedAt: Timestamp
    ) -> String {
        "\(prefix).\(writer).\(number).\(Base64URL.encode(digest.bytes)).\(signedAt.microseconds)"
    }
}

extension AuditStore {
    /// The maximum number of heads in a list.
    package static let maximumHeads = 10_000

    /// Keeps a head in the place of earlier ones of its writer.
    package func keep(_ head: AuditHead) async throws {
        try await client.execute(
            """
            INSERT INTO access_audit_head AS old (writer, number, digest, signed_at, signature)
            VALUES (
                \(head.writer), \(head.number), \(head.digest.bytes), \(head.signedAt.postgres), \(head.signature)
            )
            ON CONFLICT (writer) DO UPDATE SET number = excluded.number, digest = excluded.digest,
                signed_at = excluded.signed_at, signature = excluded.signature
                WHERE old.number < excluded.number
            """
        )
    }

    /// Returns the last head of each writer, the latest first, at most ``maximumHeads``.
    package func heads() async throws -> [AuditHead] {
        try await client.query(
            """
            SELECT writer, number, digest, signed_at, signature FROM access_audit_head
            ORDER BY signed_at DESC, writer LIMIT \(Self.maximumHeads)
            """
        ).decode(String.self, Int64.self, [UInt8].self, PostgresTimestamp.self, [UInt8].self).map {
            writer,
            number,
            digest,
            time,
            signature in
            guard let digest = TokenDigest(digest) else {
                throw PostgresError(.decoding, "A stored head of the audit has an invalid digest.")
            }
            return AuditHead(
                writer: writer,
                number: number,
                digest: digest,
                signedAt: Timestamp(time),
                signature: signature
            )
        }
    }
}
