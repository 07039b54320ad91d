/// The required actions after an event of an exchange.
extension ExchangeState {
    /// The continuations to resume, and whether to resume the connection; the caller does this outside the lock.
    struct Wake {
        var resumesConnection = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    /// What to do with a request whose body has not been read.
    enum HeadVerdict {
        case suspend
        case readBody
        /// Answer through libmicrohttpd, which then ends the connection.
        case queue(PreparedAnswer)
        /// Answer past libmicrohttpd and discard the body.
        case sendLast([UInt8])
        case abort
    }

    /// What to do after a piece of the body has arrived.
    enum BodyVerdict {
        /// The piece was consumed or discarded; continue reading.
        case taken(isPaused: Bool)
        /// Suspend the connection; `isTaken` says whether the piece was consumed.
        case suspend(isTaken: Bool)
        /// Leave the piece: the connection is suspended.
        case leave
        /// Discard the piece, after sending this.
        case sendLast([UInt8])
        case abort
    }

    /// What to do with a complete request.
    enum CompleteVerdict {
        case suspend
        case queue(PreparedAnswer)
        case abort
    }

    /// The answer to libmicrohttpd's request for response bytes.
    enum OutboundVerdict {
        case bytes(Int)
        case suspend
        case end
        case fail
    }

    /// The result of reading the body.
    enum InboundVerdict {
        case bytes([UInt8])
        case end
        case wait
        case gone
        /// The answer has begun, which discarded the unread body.
        case late
    }

    /// The task's action with its answer.
    enum AnswerVerdict {
        /// The answer is on its way.
        case taken
        /// Send this past libmicrohttpd, then call ``didSendLast()``.
        case sendLast([UInt8])
        /// The answer was too late.
        case dropped
    }

    /// Whether a writer may go on.
    enum RoomVerdict {
        case room
        case wait
        case gone
    }
}
