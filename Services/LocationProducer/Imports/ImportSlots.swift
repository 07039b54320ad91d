import Synchronization

/// Bounds the imports at once: of the process, and to half of them of one client.
final class ImportSlots: Sendable {
    private struct State {
        var count = 0
        var ofClient: [String: Int] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: the most imports at once.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Takes a slot, which must be given back, for a client; `false` if it should retry later.
    func take(_ client: String) -> Bool {
        state.withLock { state in
            let ofClient = state.ofClient[client, default: 0]
            guard state.count < capacity, ofClient < max(1, capacity / 2) else { return false }
            state.count += 1
            state.ofClient[client] = ofClient + 1
            return true
        }
    }

    /// Gives a slot back.
    func giveBack(_ client: String) {
        state.withLock { state in
            state.count -= 1
            let ofClient = (state.ofClient[client] ?? 1) - 1
            state.ofClient[client] = ofClient == 0 ? nil : ofClient
        }
    }
}
