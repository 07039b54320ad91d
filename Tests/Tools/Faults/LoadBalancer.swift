import Foundation
import Synchronization

/// Distributes requests to producers in turn.
final class LoadBalancer: Sendable {
    private struct State {
        var addresses: [URL]
        var next = 0
    }

    private let state: Mutex<State>

    /// Creates a balancer for some addresses.
    init(_ addresses: [URL]) {
        state = Mutex(State(addresses: addresses))
    }

    /// The next address; `nil` if there are none.
    func next() -> URL? {
        state.withLock { state in
            guard !state.addresses.isEmpty else { return nil }
            state.next = (state.next + 1) % state.addresses.count
            return state.addresses[state.next]
        }
    }

    /// Removes an address.
    func withdraw(_ address: URL) {
        state.withLock { $0.addresses.removeAll { $0 == address } }
    }

    /// Adds an address.
    func admit(_ address: URL) {
        state.withLock { $0.addresses.append(address) }
    }
}
