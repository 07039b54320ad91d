import CMicroHTTPD
import Glibc
import Synchronization

/// One connection: its socket, its phase, and the deadline of the phase.
///
/// libmicrohttpd resets its time-out with each byte and has none for a suspended connection. So it gets no time-out,
/// and this type keeps the deadlines.
final class ConnectionRecord: Sendable {
    /// The event that a connection waits for.
    enum Phase {
        /// A request.
        case idle
        /// The rest of a request's head.
        case head
        /// The rest of a request's body.
        case body
        /// The handler's answer.
        case handling
        /// The client, to read the answer.
        case sending
        /// The handler, to produce more of a stream.
        case producing
        /// The client, to stop sending an unwanted body after an early answer.
        case lingering
    }

    /// The reaper's action after a check of a connection.
    enum Verdict {
        case fine
        /// The handler is late.
        case answerLate(Exchange)
        /// The connection was shut down.
        case reaped(Exchange?)
    }

    /// The minimum pace of a client that reads an answer.
    struct Pace {
        /// The length of the interval in nanoseconds.
        let interval: Int64
        /// The minimum number of bytes in an interval.
        let minimum: UInt64
    }

    private struct State {
        var socket: Int32
        var phase = Phase.head
        /// By ``MonotonicClock``.
        var deadline: Int64
        /// The deadline of the whole answer, at any pace.
        var answerDeadline = Int64.max
        var exchange: Exchange?
        /// The required pace of the answer, and how much the client had read at the last check.
        var pace: Pace?
        var taken: UInt64?
    }

    /// Time for libmicrohttpd to notice that a client has closed its side, before the reaper acts.
    private static let farewell: Int64 = 1_000_000_000
    /// Poll each socket for a hang-up only at every n-th check.
    private static let turns: Int32 = 8

    /// The peer.
    let peer: Peer
    /// The deadline of the first request's head.
    private let firstDeadline: Int64
    private let state: Mutex<State>

    init(socket: Int32, peer: Peer, deadline: Int64) {
        self.peer = peer
        firstDeadline = deadline
        state = Mutex(State(socket: socket, deadline: deadline))
    }

    /// Enters a phase; a lingering connection stays in its phase.
    func enter(_ phase: Phase, until deadline: Int64) {
        state.withLock { state in
            guard state.phase != .lingering else { return }
            state.phase = phase
            state.deadline = deadline
        }
    }

    /// Waits for the client to read an answer or a part of a stream.
    ///
    /// An answer that takes less than the pace's interval costs no check of the socket.
    func enterSending(at pace: Pace, now: Int64) {
        state.withLock { state in
            guard state.phase != .lingering else { return }
            state.phase = .sending
            state.deadline = now + pace.interval
            (state.pace, state.taken) = (pace, nil)
        }
    }

    /// Sets the deadline of the answer that begins.
    func endAnswer(by deadline: Int64) {
        state.withLock { $0.answerDeadline = deadline }
    }

    /// Begins a request with a deadline for its head; the first one keeps the connection's deadline.
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

    /// Notes that the socket is being closed, after which it is not used any more.
    func close() {
        state.withLock { state in
            state.socket = -1
            state.exchange = nil
        }
    }

    /// Sends bytes past libmicrohttpd, which cannot answer before it has read a body, and shuts down our side.
    ///
    /// Bytes that do not fit into the socket's buffer are lost; an answer on an idle socket fits.
    func sendLast(_ bytes: [UInt8], lingerUntil deadline: Int64) {
        state.withLock { state in
            guard state.socket >= 0 else { return }
            // Under the lock, because the descriptor could otherwise belong to another connection by now. Neither call
            // blocks.
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

    /// Shuts down our side: the client reads what was sent, and then the end.
    func endSending() {
        end(SHUT_WR)
    }

    /// Shuts down both sides.
    func cut() {
        end(SHUT_RDWR)
    }

    private func end(_ sides: Int) {
        state.withLock { state in
            guard state.socket >= 0 else { return }
            // Under the lock, because the descriptor could otherwise belong to another connection by now. It does not
            // block.
            shutdown(state.socket, Int32(sides))
        }
    }

    /// Checks whether the connection is late, and at some turns whether its client has disconnected.
    ///
    /// - Parameters:
    ///   - now: by ``MonotonicClock``.
    ///   - turn: the number of the check. Only the socket shows that a client has disconnected, and polling thousands
    ///     of sockets at each check would delay requests.
    /// - Returns: what to do.
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

    /// Whether the client has read enough of an answer since the last check; begins the next interval.
    private func isKeepingUp(_ state: inout State, at now: Int64) -> Bool {
        guard state.phase == .sending, let pace = state.pace, let taken = SocketProgress.acknowledgedBytes(state.socket)
        else { return false }
        defer { (state.taken, state.deadline) = (taken, now + pace.interval) }
        return state.taken.map { taken &- $0 >= pace.minimum } ?? true
    }

    /// Shuts the connection down in any phase.
    func abort() -> Verdict {
        state.withLock { state in state.socket < 0 ? .fine : reap(&state) }
    }

    private func reap(_ state: inout State) -> Verdict {
        // Under the lock, because the descriptor could otherwise belong to another connection by now. It does not
        // block.
        shutdown(state.socket, Int32(SHUT_RDWR))
        state.deadline = .max
        return .reaped(state.exchange)
    }

    /// Whether the client has shut down its side, and all it sent has been read.
    ///
    /// libmicrohttpd 0.9.75 with epoll misses an end that arrives together with the last bytes: after a read that does
    /// not fill its buffer, it waits for an event that never comes.
    private func isAtEnd(_ socket: Int32) -> Bool {
        var byte: UInt8 = 0
        return hasHungUp(socket, or: CMicroHTTPD_pollPeerClosed)
            && recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) <= 0
    }

    /// Whether the client has disconnected, which libmicrohttpd does not check while a connection is suspended.
    private func hasHungUp(_ socket: Int32, or more: Int16) -> Bool {
        var entry = pollfd(fd: socket, events: more, revents: 0)
        return poll(&entry, 1, 0) == 1
    }
}
