import Synchronization

/// Limits the number of concurrent imports, and that of one client to half of it.
final class ImportSlots: Sendable {
    private struct State {
        var count = 0
        var ofClient: [String: Int] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: the maximum number of concurrent imports.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Takes a slot for a client, which must be given back.
    ///
    /// Returns `false` if the client should retry later.
    func take(_ client: String) -> Bool {
        state.withLock { state in
            let ofClient = state.ofClient[client, default: 0]
            guard state.count < capacity, ofClient < max(1, capacity / 2) else { return false }
            state.count += 1
            state.ofClient[client] = ofClient + 1
            return true
        }
    }

    /// Releases a slot.
    func giveBack(_ client: String) {
        state.withLock { state in
            state.count -= 1
            let ofClient = (state.ofClient[client] ?? 1) - 1
            state.ofClient[client] = ofClient == 0 ? nil : ofClient
        }
    }
}
