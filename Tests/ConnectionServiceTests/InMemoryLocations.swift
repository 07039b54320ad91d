import Access
import Credentials
import Geospatial
import HTTPServer
import Models
import Persistence
import Proximity
import RESTTestSupport
import ServiceRuntime
import Synchronization

@testable import ConnectionService

/// Locations in an array, and given connections.
final class InMemoryLocations: LocationRepository {
    /// The arguments of the calls.
    struct Question: Equatable {
        var window: TimeWindow?
        var radius: Radius?
        var within: Int64?
        var pages = 0
        var largestLimit = 0
    }

    private let locations: [Location]
    private let index: GridIndex
    private let persons: [PersonID: Person]
    private let failure: (any Error)?
    private let overrun: SearchFailure?
    private let asked = Mutex(Question())

    /// - Parameters:
    ///   - locations: the stored locations, all of person 1, the only one.
    ///   - connections: the locations near person 1: at the same place and time.
    ///   - failure: the error of each call.
    ///   - overrun: the error of searches.
    init(
        _ locations: [Location] = [],
        connections: [Connection] = [],
        failure: (any Error)? = nil,
        overrun: SearchFailure? = nil
    ) {
        self.locations = locations
        let person = PersonID(stored: 1)
        let moments = Dictionary(connections.map { ($0.location.report.coordinate, $0.location.report) }) { $1 }
        let own = moments.values.enumerated().map { number, report in
            Location(
                id: LocationID(stored: 1_000_000 + Int64(number)),
                report: LocationReport(
                    personID: person,
                    coordinate: report.coordinate,
                    creationTime: report.creationTime
                )
            )
        }
        index = GridIndex(connections.map(\.location) + own)
        let others = connections.map { ($0.person.id, $0.person) }
        persons = Dictionary(others + [(person, someone(person))]) { first, _ in first }
        self.failure = failure
        self.overrun = overrun
    }

    var question: Question { asked.withLock { $0 } }

    func location(_ id: LocationID) async throws -> Location? {
        if let failure { throw failure }
        return locations.first { $0.id == id }
    }

    func hasPerson(_ id: PersonID) async throws -> Bool {
        if let failure { throw failure }
        return id.rawValue == 1
    }

    func trail(
        of person: PersonID,
        in window: TimeWindow,
        after last: Location?,
        limit: Int
    ) async throws -> [Location] {
        asked.withLock { asked in
            asked.window = window
            asked.pages += 1
            asked.largestLimit = max(asked.largestLimit, limit)
        }
        let start = last.map { last in locations.firstIndex { $0.id == last.id }.map { $0 + 1 } ?? 0 } ?? 0
        return Array(locations[start...].prefix(limit))
    }

    func nextContacts(of search: inout ContactSearch, limit: Int) async throws -> [Contact] {
        if let failure { throw failure }
        if let overrun { throw overrun }
        asked.withLock { asked in
            asked.window = search.window
            asked.radius = search.radius
            asked.within = search.within
            asked.pages += 1
            asked.largestLimit = max(asked.largestLimit, limit)
        }
        return try search.next(in: index, limit: limit)
    }

    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        if let failure { throw failure }
        return persons.filter { ids.contains($0.key) }
    }
}

extension APIUnderTest {
    /// connection-service over some locations.
    init(_ locations: InMemoryLocations) async throws {
        try self.init(locations, await InMemoryMeetings())
    }

    /// connection-service over some meetings.
    init(
        _ meetings: InMemoryMeetings,
        as access: GrantedAccess? = nil,
        consents: @escaping @Sendable () throws(Problem) -> [PersonID: Consents] = { () throws(Problem) in [:] },
        newAcquaintances: Int = .max,
        event: @escaping @Sendable () async throws -> [UInt8] = { [] },
        reports: InMemoryReports = InMemoryReports(),
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) throws {
        try self.init(
            InMemoryLocations(),
            meetings,
            as: access,
            consents: consents,
            newAcquaintances: newAcquaintances,
            event: event,
            reports: reports,
            isStopping: isStopping
        )
    }

    private init(
        _ locations: InMemoryLocations,
        _ meetings: InMemoryMeetings,
        memory: MemoryBound = MemoryBound(bytes: 512 << 20),
        as access: GrantedAccess? = nil,
        consents: @escaping @Sendable () throws(Problem) -> [PersonID: Consents] = { () throws(Problem) in [:] },
        newAcquaintances: Int = .max,
        event: @escaping @Sendable () async throws -> [UInt8] = { [] },
        reports: InMemoryReports = InMemoryReports(),
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) throws {
        let inProgress = AnswersInProgress(MemoryShares(memory), streams: 3, streamsPerClient: 2)
        let views = LimitedViews(
            consents: consents,
            pseudonyms: KeyedDigest(key: [1]),
            newAcquaintances: newAcquaintances
        )
        let routes = ConnectionRoutes(
            locations: locations,
            meetings: meetings,
            inProgress: inProgress,
            views: views
        )
        var router = routes.router
        let live = LiveRoutes(
            meetings: meetings,
            inProgress: inProgress,
            views: views,
            event: { _ in try await event() },
            identities: StreamIdentities(),
            isStopping: isStopping
        )
        live.add(to: &router)
        ExportRoutes(
            data: InMemoryPersonalData(),
            meetings: meetings,
            inProgress: inProgress,
            views: views
        ).add(to: &router)
        ReportRoutes(reports: reports, events: { meetings.events }, inProgress: inProgress).add(to: &router)
        NudgeRoutes(
            nudges: NoNudges(),
            meetings: meetings,
            inProgress: inProgress,
            views: views,
            identities: StreamIdentities(),
            watchers: meetings.watchers,
            isStopping: isStopping
        ).add(to: &router)
        if let access { router.requestGuard = { _, _ in access } }
        try self.init(router, openAPI: PackageResources.openapi_json)
    }
}

/// A location of a person by its number, in degrees × 10⁷, at some microseconds after 2020-08-15T10:37:06, and its
/// accuracy in metres.
func location(
    _ id: Int64,
    person: Int32 = 1,
    latitude: Int32 = -106_572_100,
    longitude: Int32 = 350_580_000,
    after microseconds: Int64 = 0,
    accuracy: Double? = nil
) throws -> Location {
    guard let id = LocationID(rawValue: id), let person = PersonID(rawValue: person) else { throw InvalidFixture() }
    let coordinate = try Coordinate(
        latitude: DegreesE7(rawValue: latitude),
        longitude: DegreesE7(rawValue: longitude)
    )
    let time = Timestamp(microseconds: 1_597_487_826_000_000 + microseconds)
    return Location(
        id: id,
        report: LocationReport(
            personID: person,
            coordinate: coordinate,
            creationTime: time,
            accuracy: accuracy.flatMap(Accuracy.init(metres:))
        )
    )
}

/// A location and its person.
func connection(_ location: Location) throws -> Connection {
    let details = try PersonDetails(firstName: "Taco", lastName: "Fargo", companyName: "Alpha & Ω")
    return Connection(location: location, person: Person(id: location.report.personID, details: details))
}

/// The test's fixture is invalid.
struct InvalidFixture: Error {}

/// No person agrees to nudges.
private struct NoNudges: NudgeRepository {
    func current(of person: PersonID) async throws -> [NudgeStore.Nudge]? { nil }
}
