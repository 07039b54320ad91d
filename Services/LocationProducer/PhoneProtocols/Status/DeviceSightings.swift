import Models
import Synchronization

/// What devices' messages tell of them, until it is stored: each device's at most once a minute.
final class DeviceSightings: Sendable {
    /// How many devices are remembered; about 300 bytes each.
    ///
    /// The others wait until some have not been seen for a while.
    static let capacity = 50_000
    /// How many are stored at once.
    static let batchSize = 5_000
    /// The shortest time between two changes of a device's row, in microseconds.
    private static let interval: Int64 = 60 * 1_000_000
    /// How long a device that is not seen is remembered, in microseconds.
    private static let memory: Int64 = 3_600 * 1_000_000

    private struct Entry {
        var status = DeviceStatus()
        var clock = ClockEstimate()
        var isChanged = false
        /// When it was stored last.
        var storedAt = Int64.min
    }

    private let entries = Mutex<[DeviceID: Entry]>([:])

    /// Takes a message of a device.
    ///
    /// - Parameters:
    ///   - device: the device.
    ///   - moment: when the message came.
    ///   - fixTime: the time of its latest fix, by the device's clock; `nil` if there is none.
    ///   - refusal: why a part of it was refused; `nil` if nothing was.
    func note(_ device: DeviceID, at moment: Timestamp, fixTime: Timestamp?, refusal: DeviceRefusal?) {
        update(device) { entry in
            entry.status.lastSeen = max(entry.status.lastSeen ?? moment, moment)
            if let fixTime { entry.clock.note(delay: moment.microseconds - fixTime.microseconds) }
            entry.status.clockOffset = entry.clock.offset
            if let refusal { entry.status.refusal = DeviceStatus.Refusal(reason: refusal, time: moment) }
        }
    }

    /// Takes a message that names a device and may come from anywhere.
    func note(_ refusal: DeviceRefusal, of device: DeviceID, at moment: Timestamp) {
        update(device) { $0.status.refusal = DeviceStatus.Refusal(reason: refusal, time: moment) }
    }

    private func update(_ device: DeviceID, _ body: (inout Entry) -> Void) {
        entries.withLock { entries in
            guard entries.count < Self.capacity || entries[device] != nil else { return }
            body(&entries[device, default: Entry()])
            entries[device]?.isChanged = true
        }
    }

    /// Takes what is to be stored now, ``batchSize`` devices at most, and forgets devices that were not seen for an hour;
    /// O(devices).
    ///
    /// - Parameters:
    ///   - moment: the time.
    ///   - all: whether those that were stored within the last minute are taken, too.
    /// - Returns: what is to be stored.
    func takeDue(at moment: Timestamp, all: Bool = false) -> [DeviceID: DeviceStatus] {
        let now = moment.microseconds
        return entries.withLock { entries in
            var due: [DeviceID: DeviceStatus] = [:]
            var idle: [DeviceID] = []
            for (device, entry) in entries {
                if !entry.isChanged {
                    if entry.storedAt < now - Self.memory { idle.append(device) }
                } else if due.count < Self.batchSize, all || entry.storedAt <= now - Self.interval {
                    due[device] = entry.status
                }
            }
            // Behind the loop, which would otherwise work on a copy of all.
            for device in idle { entries[device] = nil }
            for device in due.keys {
                entries[device]?.isChanged = false
                entries[device]?.storedAt = now
            }
            return due
        }
    }

    /// Takes back what could not be stored; it is due again in a minute.
    func restore(_ devices: some Sequence<DeviceID>) {
        entries.withLock { entries in
            for device in devices { entries[device]?.isChanged = true }
        }
    }
}
