import Concurrency
import Synchronization

/// Passes pieces from a thread, which may block, to a task, which may not.
final class CopyPipe<Element: Sendable>: Sendable {
    private struct State {
        var chunks: [[Element]] = []
        var end: Result<Void, any Error>?
        var isAbandoned = false
        var readers = WaitList<Void>()
    }

    /// The maximum number of waiting pieces: the next one, and one more in case the writer falls behind.
    private static var capacity: Int { 2 }

    private let state = Mutex(State())
    private let room = Semaphore()

    /// Adds a piece; blocks the thread while there is no room.
    ///
    /// - Throws: `CancellationError` if the reader has stopped.
    func put(_ chunk: [Element]) throws {
        while true {
            let (isDone, reader) = try state.withLock { state in
                if state.isAbandoned { throw CancellationError() }
                guard state.chunks.count < Self.capacity else {
                    return (false, nil as WaitList<Void>.Waiter?)
                }
                state.chunks.append(chunk)
                return (true, state.readers.takeFirst())
            }
            reader?.resume()
            if isDone { return }
            room.wait()
        }
    }

    /// Ends the sequence after the added pieces, with a last piece or an error.
    func finish(_ end: Result<[Element], any Error>) {
        let reader = state.withLock { state in
            if case .success(let rest) = end, !rest.isEmpty { state.chunks.append(rest) }
            state.end = end.map { _ in }
            return state.readers.takeFirst()
        }
        reader?.resume()
    }

    /// Stops reading, so that the writer can end.
    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.chunks = []
        }
        room.signal()
    }

    /// Waits for the next piece; nil after the last.
    func next() async throws -> [Element]? {
        while true {
            try Task.checkCancellation()
            let (chunk, end) = state.withLock { state in
                (state.chunks.isEmpty ? nil : state.chunks.removeFirst(), state.end)
            }
            if let chunk {
                room.signal()
                return chunk
            }
            if let end {
                try end.get()
                return nil
            }
            _ = await state.wait(in: \.readers) { $0.chunks.isEmpty && $0.end == nil ? nil : () }
        }
    }
}
