import HTTPServer
import Synchronization

/// Something that clients use up, in all and each: memory of answers in progress, or places for streams.
final class ClientShares: Sendable {
    private struct State {
        var used = 0
        var byClient: [String: Int] = [:]
    }

    private let capacity: Int
    private let share: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: how much there is.
    ///   - share: how much of it one client may have.
    init(_ capacity: Int, each share: Int) {
        self.capacity = capacity
        self.share = share
    }

    /// Takes some for a client.
    ///
    /// - Parameters:
    ///   - amount: how much.
    ///   - client: its address.
    /// - Returns: a permit that gives it back when it is released.
    /// - Throws: a 429 problem if the client has its share, 503 if there is no more.
    func take(_ amount: Int = 1, for client: String) throws(Problem) -> Permit {
        let problem: Problem? = state.withLock { state in
            let own = state.byClient[client] ?? 0
            if own + amount > share { return .tooManyAnswersOfClient }
            if state.used + amount > capacity { return .tooManyAnswers }
            state.used += amount
            state.byClient[client] = own + amount
            return nil
        }
        if let problem { throw problem }
        return Permit(shares: self, amount: amount, client: client)
    }

    private func giveBack(_ amount: Int, of client: String) {
        state.withLock { state in
            state.used -= amount
            let rest = (state.byClient[client] ?? 0) - amount
            state.byClient[client] = rest > 0 ? rest : nil
        }
    }

    /// The share that a client holds.
    final class Permit: Sendable {
        private let shares: ClientShares
        private let amount: Int
        private let client: String

        fileprivate init(shares: ClientShares, amount: Int, client: String) {
            self.shares = shares
            self.amount = amount
            self.client = client
        }

        deinit {
            shares.giveBack(amount, of: client)
        }
    }
}

extension Problem {
    fileprivate static let tooManyAnswersOfClient = Problem(
        .tooManyRequests,
        "Your address has as many answers of this kind in progress as one may have: end one, or try again shortly.",
        headers: ["Retry-After": "5"]
    )
    fileprivate static let tooManyAnswers = unavailable(
        "As many answers of this kind are being sent as the server has memory for: try again shortly.",
        retryAfter: 5
    )
}
