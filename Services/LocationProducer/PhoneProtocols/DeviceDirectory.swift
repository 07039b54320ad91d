import Credentials
import Models
import Persistence
import Synchronization

/// Looks up devices.
protocol DeviceRegistry: Sendable {
    /// The device with a name.
    func device(_ id: DeviceID) async throws -> KnownDevice?
    /// The device with a token.
    func device(of digest: TokenDigest) async throws -> KnownDevice?
}

extension DeviceStore: DeviceRegistry {}

/// Finds the owner of a phone.
///
/// Nothing is kept unless changes are heard of, so that a device that is removed is refused at once.
final class DeviceDirectory: ReportedCache {
    /// How many are kept of those that exist; about 200 bytes each.
    static let capacity = 100_000
    /// How many are kept of those that do not, beside the others: asking for what is not there displaces no phone.
    static let unknownCapacity = 10_000

    private enum Key: Hashable {
        case id(DeviceID)
        case digest(TokenDigest)
    }

    private struct State {
        var known: [Key: KnownDevice] = [:]
        /// The keys of each cached device: its name, its token or both.
        var keys: [DeviceID: [Key]] = [:]
        var unknown: Set<Key> = []
        /// The number of received changes: an answer from before a change is not cached.
        var version = 0
        var isListening = false

        mutating func keep(_ device: KnownDevice?, for key: Key) {
            if let device {
                if known.count >= DeviceDirectory.capacity { forgetKnown() }
                if known.updateValue(device, forKey: key) == nil { keys[device.id, default: []].append(key) }
            } else {
                if unknown.count >= DeviceDirectory.unknownCapacity { unknown.removeAll(keepingCapacity: true) }
                unknown.insert(key)
            }
        }

        mutating func forget(_ id: DeviceID) {
            for key in keys.removeValue(forKey: id) ?? [] { known[key] = nil }
        }

        mutating func forgetKnown() {
            known.removeAll(keepingCapacity: true)
            keys.removeAll(keepingCapacity: true)
        }
    }

    private let registry: any DeviceRegistry
    private let state = Mutex(State())

    /// Makes a directory that keeps nothing yet.
    init(registry: any DeviceRegistry) {
        self.registry = registry
    }

    /// The device with a name; `nil` if there is none.
    func device(_ id: DeviceID) async throws -> KnownDevice? {
        try await find(.id(id)) { try await self.registry.device(id) }
    }

    /// The device with a token; `nil` if there is none.
    func device(of token: DeviceToken) async throws -> KnownDevice? {
        let digest = token.digest
        return try await find(.digest(digest)) { try await self.registry.device(of: digest) }
    }

    /// Evicts a changed device; O(1).
    func forget(_ id: DeviceID) {
        state.withLock { state in
            state.version += 1
            state.forget(id)
            // A new device may have a token that was unknown before.
            state.unknown.removeAll(keepingCapacity: true)
        }
    }

    /// Evicts all devices, because changes may have been missed, and caches devices from now on.
    func beginListening() {
        state.withLock { state in
            state.version += 1
            state.forgetKnown()
            state.unknown.removeAll(keepingCapacity: true)
            state.isListening = true
        }
    }

    /// Evicts all devices and stops caching, because changes are no longer reported.
    func endListening() {
        beginListening()
        state.withLock { $0.isListening = false }
    }

    private func find(_ key: Key, _ ask: () async throws -> KnownDevice?) async throws -> KnownDevice? {
        let (kept, isUnknown, version) = state.withLock { state in
            (state.known[key], state.unknown.contains(key), state.version)
        }
        if isUnknown { return nil }
        if let kept { return kept }
        let device = try await ask()
        state.withLock { state in
            guard state.isListening, state.version == version else { return }
            state.keep(device, for: key)
        }
        return device
    }
}
