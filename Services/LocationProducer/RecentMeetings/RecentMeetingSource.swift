import Access
import HTTPClient
import JSON
import Models
import Observability
import Synchronization

/// Finds the persons that a person has met recently.
protocol RecentMeetingSource: Sendable {
    /// Returns the persons met in the last hour, the most significant first; empty if they cannot be found at once.
    func meetings(of person: PersonID) async -> [RecentMeeting]
}

/// Finds no persons; used without a connection-service.
struct NoRecentMeetings: RecentMeetingSource {
    func meetings(of person: PersonID) async -> [RecentMeeting] { [] }
}

/// Requests meetings from connection-service, and caches the answers for half a minute.
///
/// An acknowledgement never fails because of it, and waits at most for the client's timeout. After a failure it sends
/// no request for some seconds. If all connections are busy, the result is empty.
final class RecentMeetingClient: RecentMeetingSource {
    /// The lifetime of a cached answer.
    private static let lifetime = Duration.seconds(30)
    /// The pause after a failure.
    private static let pause = Duration.seconds(5)
    /// The maximum number of cached answers.
    private static let capacity = 10_000
    /// The maximum number of persons that a phone shows.
    private static let maximumCount = 20
    /// The time range of the meetings.
    private static let period: Int64 = 3_600_000_000

    private struct State {
        var answers: [PersonID: (meetings: [RecentMeeting], until: ContinuousClock.Instant)] = [:]
        var silentUntil: ContinuousClock.Instant?
    }

    private let address: String
    private let client: WebClient
    /// The keys that connection-service knows this service by.
    private let keys: @Sendable () -> ServiceKeys
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// The cache is empty.
    ///
    /// - Parameters:
    ///   - address: connection-service's address, without a trailing slash.
    ///   - client: sends the requests.
    ///   - keys: the keys that connection-service knows this service by.
    ///   - logger: logs the first of several failures.
    ///   - now: the clock.
    init(
        address: String,
        client: WebClient,
        keys: @escaping @Sendable () -> ServiceKeys,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.address = address
        self.client = client
        self.keys = keys
        self.logger = logger
        self.now = now
    }

    func meetings(of person: PersonID) async -> [RecentMeeting] {
        let moment = ContinuousClock.now
        let (kept, isSilent) = state.withLock { state in
            (state.answers[person], state.silentUntil.map { moment < $0 } ?? false)
        }
        if let kept, moment < kept.until || isSilent { return kept.meetings }
        if isSilent { return [] }
        do {
            let meetings = try await ask(about: person)
            state.withLock { state in
                state.silentUntil = nil
                if state.answers.count >= Self.capacity { state.answers.removeAll(keepingCapacity: true) }
                state.answers[person] = (meetings, moment + Self.lifetime)
            }
            return meetings
        } catch let error as HTTPClientError where error.code == .busy {
            return kept?.meetings ?? []
        } catch {
            state.withLock { $0.silentUntil = moment + Self.pause }
            logger.warning("Could not request meetings for phones", error: error)
            return kept?.meetings ?? []
        }
    }

    private func ask(about person: PersonID) async throws -> [RecentMeeting] {
        let from = Timestamp(microseconds: (now().microseconds - Self.period) / 1_000_000 * 1_000_000)
        let path = "/api/persons/\(person.rawValue)/encounters"
        var identity = Identity(subject: "location-producer", roles: [.service], person: person)
        identity.scopes = ["meetings"]
        let target = RequestTarget(method: "GET", path: path)
        let field = IdentityHeader.make(identity, for: target, keys(), now: Timestamp.now())
        let answer = try await client.get(
            "\(address)\(path)?from=\(from)&limit=\(Self.maximumCount)",
            header: field.map { "\(IdentityHeader.name): \($0)" }
        )
        // The person may have been erased.
        guard answer.status == 200 else { return [] }
        return try RecentMeeting.read(answer.body)
    }
}
