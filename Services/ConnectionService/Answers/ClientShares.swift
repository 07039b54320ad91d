import HTTPServer
import Synchronization

/// A resource that clients share, with a total bound and a bound per client: memory of answers, or the number of
/// streams.
final class ClientShares: Sendable {
    private struct State {
        var used = 0
        var byClient: [String: Int] = [:]
    }

    private let capacity: Int
    private let share: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: the total amount.
    ///   - share: the maximum amount per client.
    init(_ capacity: Int, each share: Int) {
        self.capacity = capacity
        self.share = share
    }

    /// Takes an amount for a client.
    ///
    /// - Parameters:
    ///   - amount: the amount.
    ///   - client: its address.
    /// - Returns: a permit that gives the amount back when it is released.
    /// - Throws: a 429 problem if the client has used its share, 503 if the total is used.
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

    /// A client's share while it is in use.
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
        "Your address has the maximum number of answers of this kind in progress: end one, or try again shortly.",
        headers: ["Retry-After": "5"]
    )
    fileprivate static let tooManyAnswers = unavailable(
        "The server has no memory for more answers of this kind: try again shortly.",
        retryAfter: 5
    )
}
