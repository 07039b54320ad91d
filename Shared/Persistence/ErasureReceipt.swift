package import Credentials
package import Models
internal import Postgres

/// The secret code of a receipt, of 130 random bits; the database has only its digest.
package struct ReceiptCode: Sendable {
    /// 26 letters and digits.
    package let text: String

    /// `nil` unless the text has 26 digits and small letters.
    package init?(_ text: some StringProtocol) {
        guard RandomText.fits(text, characters: Self.length) else { return nil }
        self.text = String(text)
    }

    private init(unchecked text: String) {
        self.text = text
    }

    private static let length = 26

    /// A new code.
    package static func random() -> ReceiptCode {
        ReceiptCode(unchecked: RandomText.make(characters: length))
    }

    /// The digest, which is stored instead of the text.
    package var digest: TokenDigest { TokenDigest(of: text) }
}

/// What an erasure has removed; it does not name the person.
package struct ErasureReceipt: Equatable, Sendable {
    /// When the person was erased.
    package let erasedAt: Timestamp
    /// The number of stored locations.
    package let locations: Int
    /// The number of devices.
    package let devices: Int
    /// The number of dead letters.
    package let deadLetters: Int
    /// The number of messages in the embedded queue.
    package let messages: Int
    /// Whether the queue is Kafka, which keeps the person's messages for its retention.
    package let isKafka: Bool

    package init(erasedAt: Timestamp, locations: Int, devices: Int, deadLetters: Int, messages: Int, isKafka: Bool) {
        (self.erasedAt, self.locations, self.devices) = (erasedAt, locations, devices)
        (self.deadLetters, self.messages, self.isKafka) = (deadLetters, messages, isKafka)
    }
}

extension PersonStore {
    /// How long receipts are kept, in seconds: 400 days, as long as the audit.
    package static let receiptLifetime: Int64 = 400 * 86_400

    /// Finds the receipt of an erasure; `nil` if no receipt has this code.
    package func receipt(_ code: TokenDigest) async throws -> ErasureReceipt? {
        let rows = try await client.query(
            """
            SELECT erased_at, locations, devices, dead_letters, messages, queue FROM erasure_receipt
            WHERE digest = \(code.bytes)
            """
        ).decode(PostgresTimestamp.self, Int64.self, Int64.self, Int64.self, Int64.self, String.self)
        guard let (time, locations, devices, deadLetters, messages, queue) = rows.first else { return nil }
        return ErasureReceipt(
            erasedAt: Timestamp(time),
            locations: Int(locations),
            devices: Int(devices),
            deadLetters: Int(deadLetters),
            messages: Int(messages),
            isKafka: queue == "kafka"
        )
    }
}
