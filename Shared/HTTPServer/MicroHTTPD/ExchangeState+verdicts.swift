/// What the parties to an exchange have to do after an event.
extension ExchangeState {
    /// Continuations to resume and whether to resume the connection; done by the caller, outside the lock.
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
        /// Answer past libmicrohttpd and throw the body away.
        case sendLast([UInt8])
        case abort
    }

    /// What to do after a piece of the body has come.
    enum BodyVerdict {
        /// The piece is taken or thrown away; read on.
        case taken(isPaused: Bool)
        /// The piece is taken, if `isTaken`, and there is enough for now.
        case suspend(isTaken: Bool)
        /// Leave the piece: the connection is suspended.
        case leave
        /// Throw the piece away; send this first.
        case sendLast([UInt8])
        case abort
    }

    /// What to do with a request that has come whole.
    enum CompleteVerdict {
        case suspend
        case queue(PreparedAnswer)
        case abort
    }

    /// What libmicrohttpd's request for response bytes is answered with.
    enum OutboundVerdict {
        case bytes(Int)
        case suspend
        case end
        case fail
    }

    /// What a reader of the body gets.
    enum InboundVerdict {
        case bytes([UInt8])
        case end
        case wait
        case gone
        /// The answer has begun, and with it what was not read of the body was given up.
        case late
    }

    /// What the task has to do with its answer.
    enum AnswerVerdict {
        /// The answer is on its way.
        case taken
        /// Send this past libmicrohttpd, then call ``didSendLast()``.
        case sendLast([UInt8])
        /// It came too late.
        case dropped
    }

    /// Whether a writer may go on.
    enum RoomVerdict {
        case room
        case wait
        case gone
    }
}
