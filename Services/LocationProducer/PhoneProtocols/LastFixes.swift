import Geospatial
import Models
import Persistence
import Synchronization

/// The last fix of each device, for heartbeats without a place.
///
/// A bounded number is kept in the memory of this process.
///
/// After a restart, or if another replica received the last fix, a heartbeat without a place is ignored.
final class LastFixes: Sendable {
    /// Maximum number of devices; about 100 bytes each.
    static let capacity = 100_000
    /// Maximum age of a fix that a heartbeat confirms, in microseconds.
    private static let lifetime: Int64 = 86_400 * 1_000_000

    private struct Entry {
        let coordinate: Coordinate
        let accuracy: Accuracy?
        let time: Timestamp
    }

    private struct Key: Hashable {
        let person: PersonID
        let device: DeviceNumber
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// Stores the latest fix among some reports of one device; O(n).
    func note(_ reports: [LocationReport]) {
        let fixes = reports.lazy.filter { $0.isFix && !$0.isHeartbeat && !$0.isMock }
        guard let last = fixes.max(by: { $0.creationTime < $1.creationTime }), last.device != .none else { return }
        let key = Key(person: last.personID, device: last.device)
        entries.withLock { entries in
            if let known = entries[key], known.time > last.creationTime { return }
            if entries.count >= Self.capacity, entries[key] == nil { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(coordinate: last.coordinate, accuracy: last.accuracy, time: last.creationTime)
        }
    }

    /// Completes a heartbeat without a place; returns other fixes unchanged.
    ///
    /// - Returns: the fix with its place; `nil` if the device's place at that time is unknown.
    func place(_ fix: PhoneFix, of device: KnownDevice) -> PhoneFix? {
        guard fix.isPlaceless else { return fix }
        let key = Key(person: device.personID, device: device.number)
        guard let time = fix.time, device.number != .none, let last = entries.withLock({ $0[key] }),
            last.time <= time, time.microseconds - last.time.microseconds <= Self.lifetime
        else { return nil }
        var fix = fix
        (fix.latitude, fix.longitude) = (last.coordinate.latitude, last.coordinate.longitude)
        fix.accuracy = last.accuracy.map { Double($0.metres) }
        return fix
    }
}
