/// The body of a request between the socket and its handler.
struct InboundBody {
    /// The handler's use of the body.
    private enum Use {
        /// The handler has not asked for it.
        case unread
        /// The handler takes it in pieces.
        case pieces
        /// The handler waits for the whole body of a length.
        case whole(Int)
        /// The handler has taken the whole body.
        case taken
        /// The answer came first.
        case discarded
    }

    /// Reading from the socket pauses at this many unread bytes; one further read may already have happened.
    static let limit = 65_536

    private var use = Use.unread
    private var bytes: [UInt8] = []
    private var isPaused = false
    /// The number of bytes that have arrived.
    private(set) var count = 0
    /// The handler that waits.
    var reader: CheckedContinuation<Void, Never>?

    /// Whether the handler has asked for the body.
    var isWanted: Bool {
        if case .unread = use { false } else { true }
    }

    /// Whether the body is no longer of use.
    var isDiscarded: Bool {
        if case .discarded = use { true } else { false }
    }

    /// Whether there are bytes for the handler, given whether the request has arrived completely.
    func isReadable(isComplete: Bool) -> Bool {
        if case .whole = use, !isComplete { return false }
        return !bytes.isEmpty
    }

    /// Whether reading from the socket has to pause; never for a body that is wanted as a whole.
    private var isFull: Bool {
        if case .whole(let length) = use { bytes.count > length } else { bytes.count >= Self.limit }
    }

    /// The handler wants pieces, if it does not wait for the whole body.
    mutating func want() {
        if case .unread = use { use = .pieces }
    }

    /// The handler waits for the whole body.
    mutating func wantWhole(_ length: Int) {
        use = .whole(length)
        bytes.reserveCapacity(length)
    }

    /// Counts a piece that the handler will not read.
    mutating func discard(_ size: Int) {
        count += size
        use = .discarded
    }

    /// The outcome of a piece.
    enum Reception {
        /// There was no room.
        case refused
        /// `isPaused` tells whether reading was paused before, and `isFull` whether it has to pause now.
        case taken(wasPaused: Bool, isFull: Bool)
    }

    /// Takes a piece, if there is room for it.
    mutating func receive(_ piece: UnsafeRawBufferPointer) -> Reception {
        guard !isFull else {
            isPaused = true
            return .refused
        }
        let wasPaused = isPaused
        bytes.append(contentsOf: piece)
        count += piece.count
        isPaused = isFull
        return .taken(wasPaused: wasPaused, isFull: isPaused)
    }

    /// The handler to wake after a piece; not before the end of a whole body.
    mutating func takeReader() -> CheckedContinuation<Void, Never>? {
        if case .whole = use { return nil }
        return reader.take()
    }

    /// The unread bytes.
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// The whole body, once, if no piece of it was taken.
    mutating func takeWhole() -> [UInt8]? {
        if case .taken = use { return nil }
        guard count == bytes.count else { return nil }
        use = .taken
        return take()
    }
}
