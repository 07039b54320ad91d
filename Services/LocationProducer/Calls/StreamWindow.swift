import GRPCServer
import Synchronization

/// What a stream has sent and the queue has not been given yet, with a bound: one task puts, another takes all there is.
///
/// What it holds counts as a batch in progress until the queue has it.
final class StreamWindow: Sendable {
    /// The locations that wait for the queue at most; a message that is larger than what is left waits itself.
    static let capacity = CheckedLocations.maximumCount

    private struct State {
        var gathered = CheckedLocations()
        /// Of the admission's memory.
        var reserved = 0
        var end: Result<Void, any Error>?
        var taker: CheckedContinuation<Void, Never>?
        var putter: CheckedContinuation<Void, Never>?

        /// Whether somebody who takes has something to go on with.
        var isReady: Bool { gathered.lastPosition > 0 || end != nil }
    }

    private let admission: Admission
    private let state = Mutex(State())

    /// Makes a window that takes its memory from those who are let in.
    init(admission: Admission) {
        self.admission = admission
    }

    deinit {
        admission.release(state.withLock { $0.reserved })
    }

    /// Adds a message's locations, once there is room.
    ///
    /// - Throws: `RESOURCE_EXHAUSTED` if all streams and batches together hold too many.
    func put(_ locations: CheckedLocations) async throws {
        guard admission.reserve(locations.memory) else { throw RPCError.overloaded }
        state.withLock { $0.reserved += locations.memory }
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

    /// Says that the queue has what was taken.
    func release(_ locations: CheckedLocations) {
        state.withLock { $0.reserved -= locations.memory }
        admission.release(locations.memory)
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
