import HTTPClient
import JSON
import Models
import Observability
import Synchronization

/// Whom a person has met of late.
protocol CompanionSource: Sendable {
    /// The people met in the last hour, the most significant first; nobody if that cannot be found out at once.
    func companions(of person: PersonID) async -> [Companion]
}

/// Nobody, where there is no connection-service to ask.
struct NoCompanions: CompanionSource {
    func companions(of person: PersonID) async -> [Companion] { [] }
}

/// Asks connection-service, and keeps its answers for half a minute.
///
/// A phone's acknowledgement never fails because of it and waits no longer than the client does: while connection-service
/// does not answer it is left alone for some seconds, and whoever would have to wait for another's question gets nobody.
final class MeetingInquiry: CompanionSource {
    /// How long an answer is good for.
    private static let lifetime = Duration.seconds(30)
    /// How long nothing is asked after a failure.
    private static let pause = Duration.seconds(5)
    /// How many answers are kept.
    private static let capacity = 10_000
    /// How many people a phone is told of.
    private static let maximumCount = 20
    /// How far back meetings are looked for.
    private static let period: Int64 = 3_600_000_000

    private struct State {
        var answers: [PersonID: (companions: [Companion], until: ContinuousClock.Instant)] = [:]
        var silentUntil: ContinuousClock.Instant?
    }

    private let address: String
    private let client: WebClient
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// Makes an inquiry that has asked nothing yet.
    ///
    /// - Parameters:
    ///   - address: connection-service's, without a slash at the end.
    ///   - client: asks.
    ///   - logger: told of the first failure of several.
    ///   - now: the clock.
    init(
        address: String,
        client: WebClient,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.address = address
        self.client = client
        self.logger = logger
        self.now = now
    }

    func companions(of person: PersonID) async -> [Companion] {
        let moment = ContinuousClock.now
        let (kept, isSilent) = state.withLock { state in
            (state.answers[person], state.silentUntil.map { moment < $0 } ?? false)
        }
        if let kept, moment < kept.until || isSilent { return kept.companions }
        if isSilent { return [] }
        do {
            let companions = try await ask(about: person)
            state.withLock { state in
                state.silentUntil = nil
                if state.answers.count >= Self.capacity { state.answers.removeAll(keepingCapacity: true) }
                state.answers[person] = (companions, moment + Self.lifetime)
            }
            return companions
        } catch let error as HTTPClientError where error.code == .busy {
            return kept?.companions ?? []
        } catch {
            state.withLock { $0.silentUntil = moment + Self.pause }
            logger.warning("Meetings cannot be asked for, so phones are told of nobody", error: error)
            return kept?.companions ?? []
        }
    }

    private func ask(about person: PersonID) async throws -> [Companion] {
        let from = Timestamp(microseconds: (now().microseconds - Self.period) / 1_000_000 * 1_000_000)
        let path = "/api/persons/\(person.rawValue)/encounters?from=\(from)&limit=\(Self.maximumCount)"
        let answer = try await client.get(address + path)
        // There may be no such person any more.
        guard answer.status == 200 else { return [] }
        return try Companion.read(answer.body)
    }
}
