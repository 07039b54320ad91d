import Geospatial
import Models
import Persistence
import Synchronization

/// Where each device was last, for heartbeats that tell no place; in memory, of this process, in bounded number.
///
/// After a restart, or if another replica took the last fix, a heartbeat without a place says nothing.
final class LastFixes: Sendable {
    /// How many devices are remembered; about 100 bytes each.
    static let capacity = 100_000
    /// How long a fix stands for where the device is, in microseconds.
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

    /// Remembers the latest fix of some reports of one device; O(n).
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

    /// The place of a fix that is a heartbeat without one; the fix itself if it has a place.
    ///
    /// - Returns: the fix with its place; `nil` if the device's place at that time is not known.
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
