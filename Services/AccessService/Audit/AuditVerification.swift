import Persistence

/// Checks the chains of the audit.
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
    private var last: AuditRecord?

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
        last = record
    }

    private mutating func report(_ kind: Finding.Kind, _ record: AuditRecord) {
        guard findings.count < 1_000 else { return }
        findings.append(Finding(kind: kind, writer: record.writer, number: record.number))
    }
}
