import CMicroHTTPD
import Glibc
import Networking
import Synchronization

/// One connection: its socket, what it is waited for, and until when.
///
/// libmicrohttpd resets its timeout with each byte and has none for a suspended connection; so it is given none, and
/// the deadlines are kept here.
final class ConnectionRecord: Sendable {
    /// What a connection is waited for.
    enum Phase {
        /// A request.
        case idle
        /// The rest of a request's head.
        case head
        /// The rest of a request's body.
        case body
        /// The handler's answer.
        case handling
        /// The client, to take the answer.
        case sending
        /// The handler, to make more of a stream.
        case producing
        /// The client, to stop sending what is not read, after an early answer.
        case lingering
    }

    /// What the reaper has to do after it has looked at a connection.
    enum Verdict {
        case fine
        /// The handler is late.
        case answerLate(Exchange)
        /// The connection was shut down.
        case reaped(Exchange?)
    }

    /// What a client has to take of an answer while it is watched.
    struct Pace {
        /// Nanoseconds.
        let interval: Int64
        /// The fewest bytes of an interval.
        let minimum: UInt64
    }

    private struct State {
        var socket: Int32
        var phase = Phase.head
        /// By ``MonotonicClock``.
        var deadline: Int64
        /// When an answer is to be sent to its end, whatever the pace.
        var answerDeadline = Int64.max
        var exchange: Exchange?
        /// How fast an answer is to be taken, and how much had been when it was last looked at.
        var pace: Pace?
        var taken: UInt64?
    }

    /// How long libmicrohttpd is given to notice by itself that a client sends nothing more.
    private static let farewell: Int64 = 1_000_000_000
    /// Every how many looks a socket is asked whether its client is gone.
    private static let turns: Int32 = 8

    /// The other end.
    let peer: Peer
    /// Until when the head of the first request is to be there.
    private let firstDeadline: Int64
    private let state: Mutex<State>

    init(socket: Int32, peer: Peer, deadline: Int64) {
        self.peer = peer
        firstDeadline = deadline
        state = Mutex(State(socket: socket, deadline: deadline))
    }

    /// Enters a phase; a connection that lingers stays at that.
    func enter(_ phase: Phase, until deadline: Int64) {
        state.withLock { state in
            guard state.phase != .lingering else { return }
            state.phase = phase
            state.deadline = deadline
        }
    }

    /// Waits for the client to take an answer, or a part of a stream.
    ///
    /// What takes no longer than the pace's interval costs no look at the socket.
    func enterSending(at pace: Pace, now: Int64) {
        state.withLock { state in
            guard state.phase != .lingering else { return }
            state.phase = .sending
            state.deadline = now + pace.interval
            (state.pace, state.taken) = (pace, nil)
        }
    }

    /// Sets when the answer that begins has to be at its end.
    func endAnswer(by deadline: Int64) {
        state.withLock { $0.answerDeadline = deadline }
    }

    /// Begins a request whose head has until `deadline`; the first of a connection keeps the connection's deadline.
    func begin(_ exchange: Exchange, headDeadline: Int64) {
        state.withLock { state in
            state.exchange = exchange
            state.deadline = state.phase == .head ? firstDeadline : headDeadline
            state.phase = .head
        }
    }

    /// Ends a request.
    func end(idleUntil deadline: Int64) {
        state.withLock { state in
            state.exchange = nil
            state.phase = .idle
            state.deadline = deadline
            state.answerDeadline = .max
        }
    }

    /// Brings the deadline of an idle connection forward, or of one whose first request has not begun.
    func endIdle(by deadline: Int64) {
        state.withLock { state in
            if state.phase == .idle || state.phase == .head && state.exchange == nil {
                state.deadline = min(state.deadline, deadline)
            }
        }
    }

    /// Says that the socket is about to be closed: it is not touched any more.
    func close() {
        state.withLock { state in
            state.socket = -1
            state.exchange = nil
        }
    }

    /// Sends bytes past libmicrohttpd, which cannot answer before it has read a body, and ends our side.
    ///
    /// What does not fit into the socket's buffer is lost; an answer on an idle socket fits.
    func sendLast(_ bytes: [UInt8], lingerUntil deadline: Int64) {
        state.withLock { state in
            guard state.socket >= 0 else { return }
            // Under the lock, or the number could by now be another connection's. Neither call blocks.
            _ = bytes.withUnsafeBytes {
                send(
                    state.socket,
                    $0.baseAddress,
                    $0.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
                )
            }
            shutdown(state.socket, Int32(SHUT_WR))
            state.phase = .lingering
            state.deadline = deadline
        }
    }

    /// Ends our side: the client reads what has been sent, and then the end.
    func endSending() {
        end(SHUT_WR)
    }

    /// Ends both sides.
    func cut() {
        end(SHUT_RDWR)
    }

    private func end(_ sides: Int) {
        state.withLock { state in
            guard state.socket >= 0 else { return }
            // Under the lock, or the number could by now be another connection's. It does not block.
            shutdown(state.socket, Int32(sides))
        }
    }

    /// Looks whether the connection is late, and at its turn whether its client is gone.
    ///
    /// - Parameters:
    ///   - now: by ``MonotonicClock``.
    ///   - turn: which look this is, counted up. A client that is gone shows at the socket only, and to ask all sockets each
    ///     time would hold up the requests of others when there are thousands.
    /// - Returns: what is to be done.
    func inspect(at now: Int64, turn: Int32) -> Verdict {
        state.withLock { state in
            guard state.socket >= 0 else { return .fine }
            if state.answerDeadline <= now {
                state.answerDeadline = .max
                return reap(&state)
            }
            if state.deadline <= now {
                if state.phase == .handling, let exchange = state.exchange {
                    state.deadline = .max
                    return .answerLate(exchange)
                }
                return isKeepingUp(&state, at: now) ? .fine : reap(&state)
            }
            guard (state.socket &+ turn) % ConnectionRecord.turns == 0 else { return .fine }
            switch state.phase {
            case .handling where hasHungUp(state.socket, or: 0): return reap(&state)
            case .producing where hasHungUp(state.socket, or: CMicroHTTPD_pollPeerClosed): return reap(&state)
            case .idle, .head, .body, .lingering:
                if state.deadline > now + ConnectionRecord.farewell, isAtEnd(state.socket) {
                    state.deadline = now + ConnectionRecord.farewell
                }
                return .fine
            default: return .fine
            }
        }
    }

    /// Whether the client of an answer has taken as much as it has to since the last look, and begins the next interval.
    private func isKeepingUp(_ state: inout State, at now: Int64) -> Bool {
        guard state.phase == .sending, let pace = state.pace, let taken = SocketProgress.acknowledgedBytes(state.socket)
        else { return false }
        defer { (state.taken, state.deadline) = (taken, now + pace.interval) }
        return state.taken.map { taken &- $0 >= pace.minimum } ?? true
    }

    /// Shuts the connection down, whatever it does.
    func abort() -> Verdict {
        state.withLock { state in state.socket < 0 ? .fine : reap(&state) }
    }

    private func reap(_ state: inout State) -> Verdict {
        // Under the lock, or the number could by now be another connection's. It does not block.
        shutdown(state.socket, Int32(SHUT_RDWR))
        state.deadline = .max
        return .reaped(state.exchange)
    }

    /// Whether the client has ended its side, and all that it sent has been read.
    ///
    /// libmicrohttpd 0.9.75 with epoll overlooks an end that comes together with the last bytes: after a read that
    /// does not fill its buffer it waits for the next event, and there is none.
    private func isAtEnd(_ socket: Int32) -> Bool {
        var byte: UInt8 = 0
        return hasHungUp(socket, or: CMicroHTTPD_pollPeerClosed)
            && recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) <= 0
    }

    /// Whether the client is gone: while a connection is suspended libmicrohttpd does not look.
    private func hasHungUp(_ socket: Int32, or more: Int16) -> Bool {
        var entry = pollfd(fd: socket, events: more, revents: 0)
        return poll(&entry, 1, 0) == 1
    }
}
