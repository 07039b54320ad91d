import Concurrency
import GRPCServer
import Synchronization

/// The locations of a stream that are not in the queue yet, with a bound: one task puts locations, another one takes
/// all of them.
///
/// The window's memory counts as a batch in progress until the queue has the locations.
final class StreamWindow: Sendable {
    /// The maximum number of waiting locations; a larger message waits until the window is empty.
    static let capacity = CheckedLocations.maximumCount

    private struct State {
        var gathered = CheckedLocations()
        /// Reserved memory of the admission.
        var reserved = 0
        var end: Result<Void, any Error>?
        var takers = WaitList<Void>()
        var putters = WaitList<Void>()

        /// Whether a waiting taker can continue.
        var isReady: Bool { gathered.lastPosition > 0 || end != nil }
    }

    private let admission: Admission
    private let state = Mutex(State())

    /// Reserves its memory from an admission.
    init(admission: Admission) {
        self.admission = admission
    }

    deinit {
        admission.release(state.withLock { $0.reserved })
    }

    /// Adds a message's locations; waits for room.
    ///
    /// - Throws: `RESOURCE_EXHAUSTED` if all streams and batches together hold too much memory.
    func put(_ locations: CheckedLocations) async throws {
        guard admission.reserve(locations.memory) else { throw RPCError.overloaded }
        state.withLock { $0.reserved += locations.memory }
        while true {
            let (isPut, taker) = state.withLock { state -> (Bool, WaitList<Void>.Waiter?) in
                guard state.gathered.count == 0 || state.gathered.count + locations.count <= Self.capacity else {
                    return (false, nil)
                }
                state.gathered.add(locations)
                return (true, state.isReady ? state.takers.takeFirst() : nil)
            }
            taker?.resume()
            if isPut { return }
            try Task.checkCancellation()
            _ = await state.wait(in: \.putters) { $0.gathered.count == 0 ? () : nil }
        }
    }

    /// Releases the memory of locations that the queue has.
    func release(_ locations: CheckedLocations) {
        state.withLock { $0.reserved -= locations.memory }
        admission.release(locations.memory)
    }

    /// Ends the window, with an error if there is one.
    func finish(_ error: (any Error)?) {
        let taker = state.withLock { state in
            state.end = error.map { .failure($0) } ?? .success(())
            return state.takers.takeFirst()
        }
        taker?.resume()
    }

    /// Takes all waiting locations; waits for the first; `nil` at the end.
    ///
    /// - Throws: the error of ``finish(_:)``, after all earlier locations, or `CancellationError`.
    func take() async throws -> CheckedLocations? {
        while true {
            let (taken, putter) = state.withLock { state -> (CheckedLocations?, WaitList<Void>.Waiter?) in
                guard state.gathered.lastPosition > 0 else { return (nil, nil) }
                defer { state.gathered = CheckedLocations() }
                return (state.gathered, state.putters.takeFirst())
            }
            putter?.resume()
            if let taken { return taken }
            if let end = state.withLock({ $0.end }) {
                try end.get()
                return nil
            }
            try Task.checkCancellation()
            _ = await state.wait(in: \.takers) { $0.isReady ? () : nil }
        }
    }
}
