import Models
import Persistence
import Synchronization

@testable import LocationConsumer
@testable import LocationQueue

/// A queue of one partition; it continues at the offset that the sink has stored.
final class ScriptedQueue: LocationQueueConsumer {
    private struct State {
        var position: Int64
        var polls = 0
        var seeks = 0
        var hasLeft = false
        var failures: [any Error]
    }

    private let messages: [QueuedMessage]
    private let batchSize: Int
    private let sink: ScriptedSink
    private let whenEmpty: @Sendable () async -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - messages: the content.
    ///   - batchSize: the number of messages per poll.
    ///   - sink: provides the offset after a seek.
    ///   - failures: the errors of the first polls.
    ///   - whenEmpty: called by a poll without messages.
    init(
        _ messages: [QueuedMessage],
        batchSize: Int = 2,
        sink: ScriptedSink,
        failures: [any Error] = [],
        whenEmpty: @escaping @Sendable () async -> Void
    ) {
        self.messages = messages
        self.batchSize = batchSize
        self.sink = sink
        self.whenEmpty = whenEmpty
        state = Mutex(State(position: sink.offset, failures: failures))
    }

    var polls: Int { state.withLock { $0.polls } }
    var seeks: Int { state.withLock { $0.seeks } }
    var hasLeft: Bool { state.withLock { $0.hasLeft } }

    func poll() async throws -> [QueueBatch] {
        let batch = try state.withLock { state -> QueueBatch? in
            state.polls += 1
            if !state.failures.isEmpty { throw state.failures.removeFirst() }
            let found = messages.filter { $0.offset >= state.position }.prefix(batchSize)
            guard let last = found.last else { return nil }
            defer { state.position = last.offset + 1 }
            return QueueBatch(partition: 3, messages: Array(found), start: state.position, end: last.offset + 1)
        }
        guard let batch else {
            // The last batch may still be in the sink, and may have to be read again.
            if sink.offset > messages.last?.offset ?? -1 { await whenEmpty() }
            await Task.yield()
            return []
        }
        return [batch]
    }

    func seekToStoredOffsets() {
        state.withLock { state in
            state.seeks += 1
            state.position = sink.offset
        }
    }

    func leave() async {
        state.withLock { $0.hasLeft = true }
    }
}

/// A sink that records batches, and fails as scripted.
final class ScriptedSink: LocationBatchSink {
    /// The outcome of a call of ``store(_:advancing:)``.
    enum Act: Sendable {
        /// It stores the batch.
        case store
        /// It throws and stores nothing.
        case fail(any Error)
        /// It stores the batch and throws: the answer to COMMIT was lost.
        case storeAndFail(any Error)
    }

    private struct State {
        var script: [Act]
        var offset: Int64
        var locations: [Location] = []
        var deadLetters: [DeadLetter] = []
        var attempts = 0
    }

    private let state: Mutex<State>
    private let persons: Set<Int32>

    /// - Parameters:
    ///   - offset: the stored offset at the start.
    ///   - persons: the existing persons.
    ///   - script: the outcomes of the first calls; later ones store.
    init(offset: Int64 = 0, persons: Set<Int32> = [1, 2], _ script: [Act] = []) {
        self.persons = persons
        state = Mutex(State(script: script, offset: offset))
    }

    var offset: Int64 { state.withLock { $0.offset } }
    var locations: [Location] { state.withLock { $0.locations } }
    var deadLetters: [DeadLetter] { state.withLock { $0.deadLetters } }
    var attempts: Int { state.withLock { $0.attempts } }

    func store(_ messages: [ReceivedMessage], advancing advances: [OffsetAdvance]) async throws -> SinkOutcome {
        try state.withLock { state in
            state.attempts += 1
            let act = state.script.isEmpty ? .store : state.script.removeFirst()
            if case .fail(let error) = act { throw error }
            guard let advance = advances.first, advance.partition == 3, advance.expected == state.offset else {
                throw OffsetConflict()
            }
            var outcome = SinkOutcome()
            for message in messages {
                switch message.content {
                case .location(let location) where persons.contains(location.report.personID.rawValue):
                    state.locations.append(location)
                    outcome.stored += 1
                case .location: outcome.deadLetters.append(message.deadLetter(.unknownPerson))
                case .undecodable(let reason): outcome.deadLetters.append(message.deadLetter(reason))
                }
            }
            state.offset = advance.next
            state.deadLetters += outcome.deadLetters
            if case .storeAndFail(let error) = act { throw error }
            return outcome
        }
    }
}
