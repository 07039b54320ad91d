import Models
import Synchronization

/// Collects the status of devices until it is stored, at most once a minute for each device.
final class DeviceSightings: Sendable {
    /// Maximum number of devices; about 300 bytes each.
    ///
    /// Further devices wait until others have been silent for a while.
    static let capacity = 50_000
    /// Number of devices stored at once.
    static let batchSize = 5_000
    /// Minimum time between two updates of a device's row, in microseconds.
    private static let interval: Int64 = 60 * 1_000_000
    /// Time after which a silent device is dropped, in microseconds.
    private static let memory: Int64 = 3_600 * 1_000_000

    private struct Entry {
        var status = DeviceStatus()
        var clock = ClockEstimate()
        var isChanged = false
        /// The time of the last update.
        var storedAt = Int64.min
    }

    private let entries = Mutex<[DeviceID: Entry]>([:])

    /// Records a message of a device.
    ///
    /// - Parameters:
    ///   - device: the device.
    ///   - moment: the time of arrival.
    ///   - fixTime: the time of its latest fix, by the device's clock; `nil` without one.
    ///   - refusal: the reason for a rejected part; `nil` if there is none.
    func note(_ device: DeviceID, at moment: Timestamp, fixTime: Timestamp?, refusal: DeviceRefusal?) {
        update(device) { entry in
            entry.status.lastSeen = max(entry.status.lastSeen ?? moment, moment)
            if let fixTime { entry.clock.note(delay: moment.microseconds - fixTime.microseconds) }
            entry.status.clockOffset = entry.clock.offset
            if let refusal { entry.status.refusal = DeviceStatus.Refusal(reason: refusal, time: moment) }
        }
    }

    /// Records a rejected message that names a device but may come from another sender.
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

    /// Takes the status of up to ``batchSize`` devices to store, and drops devices that were silent for an hour; O(devices).
    ///
    /// - Parameters:
    ///   - moment: the time.
    ///   - all: whether to include devices that were stored within the last minute.
    /// - Returns: the status to store.
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
            // After the loop, which would otherwise copy all entries.
            for device in idle { entries[device] = nil }
            for device in due.keys {
                entries[device]?.isChanged = false
                entries[device]?.storedAt = now
            }
            return due
        }
    }

    /// Marks devices whose status could not be stored as due again in a minute.
    func restore(_ devices: some Sequence<DeviceID>) {
        entries.withLock { entries in
            for device in devices { entries[device]?.isChanged = true }
        }
    }
}
