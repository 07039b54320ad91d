import Foundation
import Synchronization

/// Deals requests to producers in turn.
final class LoadBalancer: Sendable {
    private struct State {
        var addresses: [URL]
        var next = 0
    }

    private let state: Mutex<State>

    /// Deals to these.
    init(_ addresses: [URL]) {
        state = Mutex(State(addresses: addresses))
    }

    /// The next one; `nil` if there is none.
    func next() -> URL? {
        state.withLock { state in
            guard !state.addresses.isEmpty else { return nil }
            state.next = (state.next + 1) % state.addresses.count
            return state.addresses[state.next]
        }
    }

    /// Deals no more to one.
    func withdraw(_ address: URL) {
        state.withLock { $0.addresses.removeAll { $0 == address } }
    }

    /// Deals to one more.
    func admit(_ address: URL) {
        state.withLock { $0.addresses.append(address) }
    }
}
