package import Models
internal import Postgres

extension DeviceStore {
    /// Stores the status of devices in one statement; removed devices are skipped.
    ///
    /// `nil` members and older values leave the stored ones unchanged.
    package func note(_ statuses: [DeviceID: DeviceStatus]) async throws {
        // The order keeps two processes from deadlocking.
        let entries = statuses.sorted { $0.key.text < $1.key.text }
        // Arrays cannot hold NULL. The epoch stands for it: no device reported in 1970.
        let seen = entries.map { ($0.value.lastSeen ?? Self.never).postgres }
        let offsets = entries.map { $0.value.clockOffset ?? .min }
        let refused = entries.map { ($0.value.refusal?.time ?? Self.never).postgres }
        let reasons = entries.map { $0.value.refusal?.reason.rawValue ?? "" }
        try await client.execute(
            """
            INSERT INTO device_status AS stored (device_id, seen_at, clock_offset_ms, refused_at, refusal)
            SELECT device_id, nullif(seen_at, 'epoch'), nullif(clock_offset, \(Int64.min)),
                nullif(refused_at, 'epoch'), nullif(refusal, '')
            FROM unnest(\(entries.map(\.key.text)), \(seen), \(offsets), \(refused), \(reasons))
                AS n (device_id, seen_at, clock_offset, refused_at, refusal)
            WHERE EXISTS (SELECT FROM device WHERE id = device_id)
            ON CONFLICT (device_id) DO UPDATE SET
                seen_at = greatest(stored.seen_at, excluded.seen_at),
                clock_offset_ms = coalesce(excluded.clock_offset_ms, stored.clock_offset_ms),
                refusal = CASE WHEN excluded.refused_at >= coalesce(stored.refused_at, '-infinity')
                    THEN excluded.refusal ELSE stored.refusal END,
                refused_at = greatest(stored.refused_at, excluded.refused_at)
            """
        )
    }

    private static var never: Timestamp { Timestamp(microseconds: 0) }
}
