import Synchronization

/// What a stream has sent and the queue has not been given yet, with a bound: one task puts, another takes all there is.
final class StreamWindow: Sendable {
    /// The locations that wait for the queue at most; a message that is larger than what is left waits itself.
    static let capacity = CheckedLocations.maximumCount

    private struct State {
        var gathered = CheckedLocations()
        var end: Result<Void, any Error>?
        var taker: CheckedContinuation<Void, Never>?
        var putter: CheckedContinuation<Void, Never>?

        /// Whether somebody who takes has something to go on with.
        var isReady: Bool { gathered.lastPosition > 0 || end != nil }
    }

    private let state = Mutex(State())

    /// Adds a message's locations, once there is room.
    func put(_ locations: CheckedLocations) async throws {
        while true {
            let (isPut, taker) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
                guard state.gathered.count == 0 || state.gathered.count + locations.count <= Self.capacity else {
                    return (false, nil)
                }
                state.gathered.add(locations)
                return (true, state.isReady ? state.taker.take() : nil)
            }
            taker?.resume()
            if isPut { return }
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let hasRoom = state.withLock { state in
                        let hasRoom = state.gathered.count == 0 || Task.isCancelled
                        if !hasRoom { state.putter = continuation }
                        return hasRoom
                    }
                    if hasRoom { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.putter.take() }?.resume()
            }
        }
    }

    /// Says that there will be no more, because of an error if there is one.
    func finish(_ error: (any Error)?) {
        let taker = state.withLock { state in
            state.end = error.map { .failure($0) } ?? .success(())
            return state.taker.take()
        }
        taker?.resume()
    }

    /// All that has gathered, once there is something; `nil` at the end.
    ///
    /// - Throws: what ``finish(_:)`` was given, behind everything that was put before.
    func take() async throws -> CheckedLocations? {
        while true {
            let (taken, putter) = state.withLock { state -> (CheckedLocations?, CheckedContinuation<Void, Never>?) in
                guard state.gathered.lastPosition > 0 else { return (nil, nil) }
                defer { state.gathered = CheckedLocations() }
                return (state.gathered, state.putter.take())
            }
            putter?.resume()
            if let taken { return taken }
            if let end = state.withLock({ $0.end }) {
                try end.get()
                return nil
            }
            // The one who puts always comes to an end: its stream does, or its call is cancelled.
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.isReady { state.taker = continuation }
                    return state.isReady
                }
                if isReady { continuation.resume() }
            }
        }
    }
}
