/// A point in time as PostgreSQL stores it: microseconds, here counted from 1970-01-01T00:00:00Z.
///
/// It is sent as `timestamptz`; `timestamp` columns are decoded as UTC. PostgreSQL's `infinity`, and the years after
/// 294246 by which its range exceeds ours, are invalid values.
package struct PostgresTimestamp: Hashable, Sendable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microsecondsSince1970: Int64

    package init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    package static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    /// Microseconds since 2000-01-01T00:00:00Z, PostgreSQL's epoch.
    ///
    /// - Throws: ``PostgresError/Code/invalidValue`` before the year 4714 BC, where PostgreSQL's calendar begins.
    func microsecondsSince2000() throws(PostgresError) -> Int64 {
        let (value, overflow) = microsecondsSince1970.subtractingReportingOverflow(Self.epoch)
        // The extremes of Int64 mean -infinity and infinity.
        guard !overflow, value >= Self.earliest else {
            throw PostgresError(.invalidValue, "The time is outside the range of PostgreSQL's timestamp.")
        }
        return value
    }

    /// From 1970 to 2000.
    static let epoch: Int64 = 946_684_800_000_000
    /// 4714-11-24 BC, as microseconds since 2000 (`MIN_TIMESTAMP` in datatype/timestamp.h).
    private static let earliest: Int64 = -211_813_488_000_000_000
}

extension PostgresTimestamp: PostgresArrayElement {
    package static var postgresType: PostgresType { .timestamptz }
    package static var postgresArrayType: PostgresType { .timestamptzArray }

    package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        bytes.append(bigEndian: try microsecondsSince2000())
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        guard type == .timestamptz || type == .timestamp else { throw .typeMismatch }
        let since2000: Int64 = try bytes.bigEndianInteger()
        let (since1970, overflow) = since2000.addingReportingOverflow(Self.epoch)
        guard !overflow, since2000 != .min else { throw .invalidValue }
        microsecondsSince1970 = since1970
    }
}
