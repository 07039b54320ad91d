import Access
import Credentials
import Models
import Persistence

/// Checks the chains of the audit, and that they reach their signed heads.
struct AuditVerification {
    /// A break of a chain.
    struct Finding: Equatable, CustomStringConvertible {
        /// What is wrong with a record.
        enum Kind: String {
            /// The content is not what was written.
            case changed
            /// Records before it are missing.
            case missing
            /// It does not continue the record before.
            case unchained
            /// A head that no key of the audit has signed.
            case forged
            /// The record of a head has another digest.
            case contradicted
            /// Records up to a head are missing.
            case truncated
        }

        let kind: Kind
        let writer: String
        let number: Int64

        var description: String { "\(kind.rawValue): record \(number) of \(writer)" }
    }

    /// The number of checked records.
    private(set) var count = 0
    /// The breaks, at most 1,000.
    private(set) var findings: [Finding] = []
    /// The number of heads that were signed.
    private(set) var headCount = 0
    private var last: AuditRecord?
    private var heads: [String: [Int64: TokenDigest]] = [:]

    /// How long heads are expected to have their record, in microseconds: a day less than records are kept.
    private static let headLifetime: Int64 = 399 * 86_400_000_000

    /// Expects a head in the chains, before their records are checked.
    mutating func expect(_ head: AuditHead, signedBy keys: ServiceKeys, at now: Timestamp) {
        guard head.isSigned(by: keys) else { return report(.forged, head.writer, head.number) }
        headCount += 1
        guard now.microseconds - head.signedAt.microseconds < Self.headLifetime else { return }
        heads[head.writer, default: [:]][head.number] = head.digest
    }

    /// Checks the next record, in the order of writers and numbers.
    ///
    /// The first record of a writer may have any number, because old records are removed.
    mutating func check(_ record: AuditRecord) {
        count += 1
        if !record.isIntact { report(.changed, record) }
        if let last, last.writer == record.writer {
            if record.number != last.number + 1 {
                report(.missing, record)
            } else if record.previous != last.digest {
                report(.unchained, record)
            }
        } else if record.number == 1, record.previous != AuditStore.origin {
            report(.unchained, record)
        }
        if let digest = heads[record.writer]?.removeValue(forKey: record.number), digest != record.digest {
            report(.contradicted, record)
        }
        last = record
    }

    /// Reports heads whose records are missing, after all records were checked.
    mutating func finish() {
        for (writer, rest) in heads.sorted(by: { $0.key < $1.key }) {
            for number in rest.keys.sorted() { report(.truncated, writer, number) }
        }
    }

    private mutating func report(_ kind: Finding.Kind, _ record: AuditRecord) {
        report(kind, record.writer, record.number)
    }

    private mutating func report(_ kind: Finding.Kind, _ writer: String, _ number: Int64) {
        guard findings.count < 1_000 else { return }
        findings.append(Finding(kind: kind, writer: writer, number: number))
    }
}
