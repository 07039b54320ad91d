/// What one replica knows of an account, and the requests that wait for it.
///
/// Times are nanoseconds of a monotonic clock.
struct LedgerEntry: Sendable {
    /// At most one statement at a time is about the account.
    enum Phase: Equatable, Sendable {
        case idle
        /// A lease is due to be asked for, once a connection is free.
        case queued
        /// The outcome of an earlier statement is being looked up.
        case resolving
        case acquiring(Attempt)
        /// The rest is due to be given back.
        case returnDue
        case returning
    }

    /// A lease that the database may have granted.
    struct Attempt: Equatable, Sendable {
        let serial: Int64
        /// The rest that the lease takes over.
        let rest: Int
        let limit: Int
        let sentAt: Int64
    }

    struct Lease: Equatable, Sendable {
        let serial: Int64
        var rest: Int
        let takenAt: Int64
    }

    /// A waiting request.
    struct Ask: Equatable, Sendable {
        let ticket: Int
        let units: Int
        let limit: Int
    }

    /// The database's latest refusal.
    struct Refusal: Equatable, Sendable {
        let limit: Int
        let left: Int
        let held: Int
        /// Whether hope for units of other replicas has ended.
        let isFinal: Bool
        /// When hope ends, or when a final refusal stops counting.
        let ends: Int64

        func applies(to limit: Int, now: Int64) -> Bool {
            limit <= self.limit && (!isFinal || now < ends)
        }

        func refuses(_ missing: Int) -> Bool {
            missing > left && (isFinal || missing > left + held)
        }
    }

    var phase = Phase.idle
    var lease: Lease?
    /// An attempt whose outcome is unknown, because the connection broke.
    var doubt: Attempt?
    var asks: [Ask] = []
    /// The units in the account, as of the latest answer.
    var left = 0
    var refusal: Refusal?
    /// Another replica wants the rest.
    var isWanted = false
    /// Units were given back while a statement was on its way.
    var hasNews = false
    var lastUsed: Int64

    /// The units that requests may take.
    func usable(now: Int64, leaseTime: Int64) -> Int {
        guard phase != .returnDue, phase != .returning, let lease, now - lease.takenAt < leaseTime else { return 0 }
        return lease.rest
    }

    /// Answers a request from memory; `nil` if it needs the database.
    mutating func take(_ units: Int, limit: Int, now: Int64, leaseTime: Int64, isDown: Bool) -> LedgerAnswer? {
        lastUsed = now
        let rest = usable(now: now, leaseTime: leaseTime)
        if asks.isEmpty, units <= rest {
            lease?.rest -= units
            return .admitted(remaining: left + rest - units)
        }
        if let refusal, refusal.applies(to: limit, now: now), refusal.refuses(units - rest) {
            return .refused(remaining: refusal.left + rest)
        }
        return isDown ? .unavailable : nil
    }

    /// Takes out the waiting requests that the lease suffices for, in the order of their arrival.
    mutating func serve(now: Int64, leaseTime: Int64) -> [LedgerReply] {
        var rest = usable(now: now, leaseTime: leaseTime)
        guard rest > 0, !asks.isEmpty else { return [] }
        var replies: [LedgerReply] = []
        asks.removeAll { ask in
            guard ask.units <= rest else { return false }
            rest -= ask.units
            replies.append(LedgerReply(ticket: ask.ticket, answer: .admitted(remaining: left + rest)))
            return true
        }
        lease?.rest = rest
        return replies
    }

    /// Takes out all waiting requests with the same answer.
    mutating func answerAll(_ answer: LedgerAnswer) -> [LedgerReply] {
        defer { asks = [] }
        return asks.map { LedgerReply(ticket: $0.ticket, answer: answer) }
    }
}

/// The answer to a request.
enum LedgerAnswer: Equatable, Sendable {
    case admitted(remaining: Int)
    case refused(remaining: Int)
    case unavailable
}

/// The answer to a waiting request.
struct LedgerReply: Equatable, Sendable {
    let ticket: Int
    let answer: LedgerAnswer
}
