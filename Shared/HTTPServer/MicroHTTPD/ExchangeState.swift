/// The state machine of one request and its response, without sockets and threads.
///
/// Three parties drive it: the connection's thread (libmicrohttpd), the request's task (the handler) and the reaper. A
/// mutating event returns what its caller must do after releasing the lock.
struct ExchangeState {
    /// The progress of the client's request.
    enum Stage {
        case head
        case body
        case complete
        /// The exchange is over, or the client has disconnected.
        case closed
    }

    private enum Answer {
        case pending
        case ready(PreparedAnswer)
        /// Being sent past libmicrohttpd, by the task.
        case sendingLast
        /// Sent past libmicrohttpd; the connection ends with the request's body.
        case sentLast
        case queued
        case aborted
    }

    /// A body of at most this many bytes is read before its handler runs, so that the connection is suspended only
    /// once.
    static let readAheadLimit = 16_384
    /// An unwanted body that ends within this many bytes is read and discarded, so that the connection can be reused.
    static let drainLimit = 65_536

    private(set) var stage = Stage.head
    private var suspension = Suspension.none
    private var answer = Answer.pending
    private var inbound = InboundBody()
    private var outbound = OutboundStream()
    private var contentLength: Int?
    private var isHead = false

    /// The number of bytes of the body that have arrived.
    var receivedCount: Int { inbound.count }

    /// The head has been read.
    ///
    /// - Parameters:
    ///   - contentLength: the body's announced length, `nil` for chunks.
    ///   - isHead: whether the method is HEAD.
    mutating func begin(contentLength: Int?, isHead: Bool) {
        self.contentLength = contentLength
        self.isHead = isHead
    }

    // MARK: The connection's thread

    /// The connection's thread has suspended the connection.
    ///
    /// - Returns: whether it must resume it at once, because that was requested meanwhile.
    mutating func didSuspend() -> Bool {
        suspension.didEnter()
    }

    /// Checks whether the suspension can be skipped.
    ///
    /// - Returns: whether the connection must not be suspended.
    mutating func skipSuspension() -> Bool {
        suspension.skip()
    }

    /// The head has been read and the body has not.
    ///
    /// - Parameter awaitsContinue: whether the client waits for `100 Continue`.
    /// - Returns: what to do.
    mutating func headVerdict(awaitsContinue: Bool) -> HeadVerdict {
        switch answer {
        case .ready(let ready):
            if awaitsContinue {
                answer = .queued
                return .queue(ready)
            }
            if !isSoonOver, let bytes = ready.wireBytes(isHead: isHead) {
                answer = .sentLast
                stage = .body
                return .sendLast(bytes)
            }
            stage = .body
            return .readBody
        case .aborted:
            return .abort
        case .pending where !inbound.isWanted:
            suspension.enter()
            return .suspend
        default:
            stage = .body
            return .readBody
        }
    }

    /// Starts reading a small body before it is requested.
    mutating func readBodyAhead() {
        stage = .body
    }

    /// A piece of the body has arrived.
    mutating func received(_ bytes: UnsafeRawBufferPointer) -> (BodyVerdict, Wake) {
        // libmicrohttpd passes on each chunk in its buffer, even after an earlier one has suspended the connection. A
        // connection that is suspended twice would be linked to itself, and its thread would loop forever.
        if case .suspended = suspension { return (.leave, Wake()) }
        switch answer {
        case .aborted:
            return (.abort, Wake())
        case .ready(let ready):
            inbound.discard(bytes.count)
            guard !isSoonOver, let last = ready.wireBytes(isHead: isHead) else {
                return (.taken(isPaused: false), Wake())
            }
            answer = .sentLast
            return (.sendLast(last), Wake())
        case .sendingLast, .sentLast, .queued:
            inbound.discard(0)
            return (.taken(isPaused: false), Wake())
        case .pending:
            break
        }
        switch inbound.receive(bytes) {
        case .refused:
            suspension.enter()
            return (.suspend(isTaken: false), Wake())
        case .taken(let wasPaused, let isFull):
            let wake = Wake(reader: inbound.takeReader())
            guard isFull else { return (.taken(isPaused: wasPaused), wake) }
            suspension.enter()
            return (.suspend(isTaken: true), wake)
        }
    }

    /// The request is complete, or the connection was resumed afterwards.
    mutating func completed() -> (CompleteVerdict, Wake) {
        var wake = Wake()
        if stage != .complete {
            stage = .complete
            wake.reader = inbound.reader.take()
        }
        switch answer {
        case .ready(let ready):
            answer = .queued
            return (.queue(ready), wake)
        case .pending, .sendingLast:
            suspension.enter()
            return (.suspend, wake)
        case .sentLast, .queued, .aborted:
            return (.abort, wake)
        }
    }

    /// libmicrohttpd can send `buffer.count` bytes of a stream.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> (OutboundVerdict, Wake) {
        if case .aborted = answer { return (.fail, Wake(writer: outbound.writer.take())) }
        guard let verdict = outbound.read(into: buffer) else {
            suspension.enter()
            return (.suspend, Wake(writer: outbound.writer.take()))
        }
        return (verdict, Wake(writer: outbound.takeWriter()))
    }

    /// libmicrohttpd has finished the request, with or without success.
    mutating func closed() -> Wake {
        stage = .closed
        suspension = .none
        if case .pending = answer {
            answer = .aborted
        }
        _ = inbound.take()
        outbound.clear()
        return cancelled()
    }

    // MARK: The request's task

    /// The handler waits for the whole body of this length, and cannot use a part of it.
    mutating func awaitWhole(_ length: Int) {
        guard length > InboundBody.limit, isArriving else { return }
        inbound.wantWhole(length)
    }

    /// The handler wants more of the body.
    mutating func nextInbound() -> (InboundVerdict, Wake) {
        if case .aborted = answer { return (.gone, Wake()) }
        if isAnswered, inbound.isDiscarded || isArriving { return (.late, Wake()) }
        if inbound.isReadable(isComplete: stage == .complete) {
            let bytes = inbound.take()
            return (.bytes(bytes), Wake(resumesConnection: stage == .body && suspension.resume()))
        }
        switch stage {
        case .complete: return (.end, Wake())
        case .closed: return (.gone, Wake())
        case .head, .body:
            inbound.want()
            return (.wait, Wake(resumesConnection: suspension.resume()))
        }
    }

    /// The whole body, if it has arrived.
    mutating func takeWholeInbound() -> [UInt8]? {
        stage == .complete ? inbound.takeWhole() : nil
    }

    /// The handler waits for more of the body.
    ///
    /// - Returns: whether it must wait; not if something has happened meanwhile.
    mutating func waitForInbound(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        guard !inbound.isReadable(isComplete: stage == .complete), isArriving else { return false }
        if case .aborted = answer { return false }
        inbound.reader = continuation
        return true
    }

    /// There is an answer of the handler or the server.
    mutating func answered(_ prepared: PreparedAnswer) -> (AnswerVerdict, Wake) {
        guard case .pending = answer, stage != .closed else { return (.dropped, Wake()) }
        let reader = inbound.reader.take()
        // After a piece of the body has arrived, libmicrohttpd writes nothing before the body's end.
        if stage == .body, inbound.count > 0, !isSoonOver, let bytes = prepared.wireBytes(isHead: isHead) {
            answer = .sendingLast
            return (.sendLast(bytes), Wake(reader: reader))
        }
        answer = .ready(prepared)
        return (.taken, Wake(resumesConnection: suspension.resume(), reader: reader))
    }

    /// The answer has been sent past libmicrohttpd.
    mutating func didSendLast() -> Wake {
        guard case .sendingLast = answer else { return Wake() }
        answer = .sentLast
        return Wake(resumesConnection: suspension.resume())
    }

    /// The connection must be cut.
    mutating func aborted() -> Wake {
        guard stage != .closed else { return Wake() }
        answer = .aborted
        var wake = cancelled()
        wake.resumesConnection = suspension.resume()
        return wake
    }

    /// The handler has bytes to send.
    ///
    /// - Returns: whether the bytes are accepted.
    mutating func write(_ bytes: [UInt8]) -> (Bool, Wake) {
        guard isWritable else { return (false, Wake()) }
        outbound.write(bytes)
        return (true, Wake(resumesConnection: isQueued && suspension.resume()))
    }

    /// Whether there is room for more.
    var room: RoomVerdict {
        guard isWritable else { return .gone }
        return outbound.hasRoom ? .room : .wait
    }

    /// The handler waits for room.
    ///
    /// - Returns: whether it must wait.
    mutating func waitForRoom(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        guard case .wait = room else { return false }
        outbound.writer = continuation
        return true
    }

    /// The handler has completed a stream, or has failed.
    mutating func produced(whole: Bool) -> Wake {
        outbound.end(whole: whole)
        return Wake(resumesConnection: isQueued && suspension.resume())
    }

    /// A waiting task was cancelled and must check the state.
    mutating func cancelled() -> Wake {
        Wake(reader: inbound.reader.take(), writer: outbound.writer.take())
    }

    /// Whether the body may still arrive.
    private var isArriving: Bool { stage == .head || stage == .body }

    private var isAnswered: Bool {
        if case .pending = answer { false } else { true }
    }

    private var isQueued: Bool {
        if case .queued = answer { true } else { false }
    }

    private var isWritable: Bool {
        if case .aborted = answer { return false }
        return stage != .closed
    }

    /// Whether the rest of the body is short enough to be read and discarded.
    private var isSoonOver: Bool {
        guard stage != .complete else { return true }
        return contentLength.map { $0 - inbound.count <= ExchangeState.drainLimit } ?? false
    }
}
