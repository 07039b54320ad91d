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

    /// Whether libmicrohttpd processes the connection.
    private enum Suspension {
        case none
        /// The connection's thread is about to suspend it.
        case entering(resumeAsked: Bool)
        case suspended
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

    private enum Production {
        case open
        case finished
        case failed
    }

    /// Reading from the socket pauses at this many unread body bytes; one further read may already have happened.
    static let inboundLimit = 65_536
    /// A writer waits from this many unsent response bytes.
    static let outboundLimit = 65_536
    /// A body of at most this many bytes is read before its handler runs, so that the connection is suspended only
    /// once.
    static let readAheadLimit = 16_384
    /// An unwanted body that ends within this many bytes is read and discarded, so that the connection can be reused.
    static let drainLimit = 65_536

    private(set) var stage = Stage.head
    private var suspension = Suspension.none
    private var answer = Answer.pending

    private var inbound: [UInt8] = []
    /// The length that a reader of the whole body waits for.
    private var wholeLength: Int?
    private(set) var receivedCount = 0
    private var isBodyWanted = false
    private var isBodyPaused = false
    private var isBodyDiscarded = false
    private var reader: CheckedContinuation<Void, Never>?

    private var outbound: [UInt8] = []
    private var outboundOffset = 0
    private var production = Production.open
    private var writer: CheckedContinuation<Void, Never>?

    private var contentLength: Int?
    private var isHead = false

    /// The head has been read.
    ///
    /// - Parameters:
    ///   - contentLength: the body's announced length, `nil` for chunks.
    ///   - isHead: whether the method is HEAD.
    mutating func begin(contentLength: Int?, isHead: Bool) {
        self.contentLength = contentLength
        self.isHead = isHead
    }

    // MARK: Suspension

    private mutating func suspend() {
        suspension = .entering(resumeAsked: false)
    }

    /// The connection's thread has suspended the connection.
    ///
    /// - Returns: whether it must resume it at once, because that was requested meanwhile.
    mutating func didSuspend() -> Bool {
        guard case .entering(let resumeAsked) = suspension else { return false }
        suspension = resumeAsked ? .none : .suspended
        return resumeAsked
    }

    /// Checks whether the suspension, which costs four system calls, can be skipped.
    ///
    /// - Returns: whether the resumption has already been requested, so the connection must not be suspended.
    mutating func skipSuspension() -> Bool {
        guard case .entering(resumeAsked: true) = suspension else { return false }
        suspension = .none
        return true
    }

    private mutating func resumeConnection() -> Bool {
        switch suspension {
        case .none: return false
        case .entering:
            suspension = .entering(resumeAsked: true)
            return false
        case .suspended:
            suspension = .none
            return true
        }
    }

    // MARK: The connection's thread

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
        case .pending where !isBodyWanted:
            suspend()
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
            receivedCount += bytes.count
            isBodyDiscarded = true
            if !isSoonOver, let last = ready.wireBytes(isHead: isHead) {
                answer = .sentLast
                return (.sendLast(last), Wake())
            }
            return (.taken(isPaused: false), Wake())
        case .pending:
            break
        case .sendingLast, .sentLast, .queued:
            isBodyDiscarded = true
            return (.taken(isPaused: false), Wake())
        }
        guard inbound.count < inboundLimit else {
            isBodyPaused = true
            suspend()
            return (.suspend(isTaken: false), Wake())
        }
        let wasPaused = isBodyPaused
        isBodyPaused = false
        inbound.append(contentsOf: bytes)
        receivedCount += bytes.count
        let wake = Wake(reader: wholeLength == nil ? reader.take() : nil)
        guard inbound.count >= inboundLimit else { return (.taken(isPaused: wasPaused), wake) }
        isBodyPaused = true
        suspend()
        return (.suspend(isTaken: true), wake)
    }

    /// The request is complete, or the connection was resumed afterwards.
    mutating func completed() -> (CompleteVerdict, Wake) {
        var wake = Wake()
        if stage != .complete {
            stage = .complete
            wake.reader = reader.take()
        }
        switch answer {
        case .ready(let ready):
            answer = .queued
            return (.queue(ready), wake)
        case .pending, .sendingLast:
            suspend()
            return (.suspend, wake)
        case .sentLast, .queued, .aborted:
            return (.abort, wake)
        }
    }

    /// libmicrohttpd can send `buffer.count` bytes of a stream.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> (OutboundVerdict, Wake) {
        if case .aborted = answer { return (.fail, Wake(writer: writer.take())) }
        let count = min(buffer.count, outbound.count - outboundOffset)
        if count > 0 {
            buffer.copyBytes(from: outbound[outboundOffset..<outboundOffset + count])
            outboundOffset += count
            if outboundOffset == outbound.count {
                outbound.removeAll(keepingCapacity: true)
                outboundOffset = 0
            }
            let hasRoom = outbound.count - outboundOffset < ExchangeState.outboundLimit / 2
            return (.bytes(count), Wake(writer: hasRoom ? writer.take() : nil))
        }
        switch production {
        case .open:
            suspend()
            return (.suspend, Wake(writer: writer.take()))
        case .finished: return (.end, Wake())
        case .failed: return (.fail, Wake())
        }
    }

    /// libmicrohttpd has finished the request, with or without success.
    mutating func closed() -> Wake {
        stage = .closed
        suspension = .none
        if case .pending = answer {
            answer = .aborted
        }
        inbound = []
        outbound = []
        return Wake(reader: reader.take(), writer: writer.take())
    }

    // MARK: The request's task

    /// The handler waits for the whole body of this length, and cannot use a part of it.
    mutating func awaitWhole(_ length: Int) {
        guard length > ExchangeState.inboundLimit, stage == .head || stage == .body else { return }
        wholeLength = length
        inbound.reserveCapacity(length)
    }

    /// The handler wants more of the body.
    mutating func nextInbound() -> (InboundVerdict, Wake) {
        if case .aborted = answer { return (.gone, Wake()) }
        if isAnswered, isBodyDiscarded || stage == .head || stage == .body { return (.late, Wake()) }
        if !inbound.isEmpty, !isBodyGathered {
            let bytes = inbound
            inbound = []
            return (.bytes(bytes), Wake(resumesConnection: stage == .body && resumeConnection()))
        }
        switch stage {
        case .complete: return (.end, Wake())
        case .closed: return (.gone, Wake())
        case .head:
            isBodyWanted = true
            return (.wait, Wake(resumesConnection: resumeConnection()))
        case .body:
            return (.wait, Wake(resumesConnection: resumeConnection()))
        }
    }

    /// The whole body, if it has arrived.
    mutating func takeWholeInbound() -> [UInt8]? {
        guard stage == .complete, receivedCount == inbound.count else { return nil }
        let bytes = inbound
        inbound = []
        receivedCount = -1
        return bytes
    }

    /// The handler waits for more of the body.
    ///
    /// - Returns: whether it must wait; not if something has happened meanwhile.
    mutating func waitForInbound(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        guard inbound.isEmpty || isBodyGathered, stage == .head || stage == .body else { return false }
        if case .aborted = answer { return false }
        reader = continuation
        return true
    }

    /// There is an answer of the handler or the server.
    mutating func answered(_ prepared: PreparedAnswer) -> (AnswerVerdict, Wake) {
        guard case .pending = answer, stage != .closed else { return (.dropped, Wake()) }
        let wake = Wake(reader: reader.take())
        // After a piece of the body has arrived, libmicrohttpd writes nothing before the body's end.
        if stage == .body, receivedCount > 0, !isSoonOver, let bytes = prepared.wireBytes(isHead: isHead) {
            answer = .sendingLast
            return (.sendLast(bytes), wake)
        }
        answer = .ready(prepared)
        return (.taken, Wake(resumesConnection: resumeConnection(), reader: wake.reader))
    }

    /// The answer has been sent past libmicrohttpd.
    mutating func didSendLast() -> Wake {
        guard case .sendingLast = answer else { return Wake() }
        answer = .sentLast
        return Wake(resumesConnection: resumeConnection())
    }

    /// The connection must be cut.
    mutating func aborted() -> Wake {
        guard stage != .closed else { return Wake() }
        answer = .aborted
        return Wake(resumesConnection: resumeConnection(), reader: reader.take(), writer: writer.take())
    }

    /// The handler has bytes to send.
    ///
    /// - Returns: whether the bytes are accepted.
    mutating func write(_ bytes: [UInt8]) -> (Bool, Wake) {
        guard isWritable else { return (false, Wake()) }
        outbound.append(contentsOf: bytes)
        return (true, Wake(resumesConnection: isQueued && resumeConnection()))
    }

    /// Whether there is room for more.
    var room: RoomVerdict {
        guard isWritable else { return .gone }
        return outbound.count - outboundOffset < ExchangeState.outboundLimit ? .room : .wait
    }

    /// The handler waits for room.
    ///
    /// - Returns: whether it must wait.
    mutating func waitForRoom(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        guard case .wait = room else { return false }
        writer = continuation
        return true
    }

    /// The handler has completed a stream, or has failed.
    mutating func produced(whole: Bool) -> Wake {
        production = whole ? .finished : .failed
        return Wake(resumesConnection: isQueued && resumeConnection())
    }

    /// A waiting task was cancelled and must check the state.
    mutating func cancelled() -> Wake {
        Wake(reader: reader.take(), writer: writer.take())
    }

    /// The number of unread body bytes at which reading pauses; never reached by a body that is wanted as a whole.
    private var inboundLimit: Int { wholeLength.map { $0 + 1 } ?? ExchangeState.inboundLimit }

    /// Whether the reader waits for more of the body before it takes any of it.
    private var isBodyGathered: Bool { wholeLength != nil && stage != .complete }

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
        return contentLength.map { $0 - receivedCount <= ExchangeState.drainLimit } ?? false
    }
}
