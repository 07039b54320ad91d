import Access
import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence
import RESTTestSupport
import Synchronization

@testable import LocationProducer

/// A queue of one partition in an array.
final class InMemoryQueue: LocationQueueProducer {
    private let taken = Mutex<[LocationMessage]>([])
    private let lastTrace = Mutex<TraceContext?>(nil)
    private let failure: LocationQueueError?
    private let limit: Int

    /// - Parameters:
    ///   - failure: the error of each call.
    ///   - limit: the number of messages that are accepted before the error.
    init(failure: LocationQueueError? = nil, after limit: Int = 0) {
        self.failure = failure
        self.limit = limit
    }

    /// The appended messages.
    var messages: [LocationMessage] { taken.withLock { $0 } }
    /// The trace of the last call.
    var trace: TraceContext? { lastTrace.withLock { $0 } }

    func append(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        if let failure, self.messages.count + messages.count > limit { throw failure }
        lastTrace.withLock { $0 = trace }
        return taken.withLock { taken in
            defer { taken += messages }
            return messages.indices.compactMap { LocationID(partition: 0, offset: Int64(taken.count + $0)) }
        }
    }

    func append(raw messages: [RawMessage]) async throws(LocationQueueError) {
        throw LocationQueueError(.offsetBeyondNumbering)
    }
}

/// 2026-05-04T10:00:00Z.
let noon = Timestamp(microseconds: 1_777_888_800_000_000)

extension APIUnderTest {
    /// location-producer with a queue; its clock stands at ``noon``.
    init(
        _ queue: InMemoryQueue,
        metrics: MetricsRegistry = MetricsRegistry(),
        devices: InMemoryDevices = registeredDevices(),
        keys: InMemoryKeys = InMemoryKeys(),
        limits: KeyLimits = .unused,
        persons: InMemoryPersons = .allKnown,
        locating: InMemoryLocating = InMemoryLocating(),
        storage: StorageLevel = StorageLevel(),
        recentMeetings: any RecentMeetingSource = NoRecentMeetings(),
        requiresTokens: Bool = false,
        bounds: LineBounds = LineBounds(),
        imports: InMemoryImports = InMemoryImports(),
        importBounds: ImportBounds = ImportBounds(),
        hints: HintKeeper? = nil,
        isOpen: Bool = true
    ) throws {
        let intake = LocationIntake(
            queue: queue,
            persons: PersonDirectory(registry: persons),
            locating: locating.directory,
            storage: storage,
            metrics: metrics,
            now: { noon }
        )
        let admission = Admission(memoryBound: 256 << 20, metrics: metrics)
        var router = Router()
        if !isOpen {
            router.requestGuard = { (_, _) throws(Problem) in GrantedAccess(identity: .anonymous) }
        }
        LocationRoutes(
            intake: intake,
            senders: LocationSenders(
                devices: DeviceDirectory(registry: devices),
                keys: CredentialDirectory(registry: keys),
                limits: limits,
                now: { noon }
            ) { _ in isOpen },
            admission: admission,
            answers: IdempotentAnswers(capacity: 1 << 20, lifetime: .seconds(60)),
            bounds: bounds
        ).add(to: &router)
        ImportRoutes(intake: intake, admission: admission, registry: imports, bounds: importBounds).add(to: &router)
        PhoneProtocols(
            intake: intake,
            admission: admission,
            devices: devices,
            recentMeetings: recentMeetings,
            requiresTokens: requiresTokens,
            hints: hints
        ).add(to: &router)
        try self.init(router, openAPI: PackageResources.openapi_json)
    }
}

extension PhoneProtocols {
    /// The phones' protocols with a queue; their clock stands at ``noon``.
    init(_ queue: InMemoryQueue, devices: InMemoryDevices, sightings: DeviceSightings = DeviceSightings()) {
        let metrics = MetricsRegistry()
        let intake = LocationIntake(
            queue: queue,
            persons: PersonDirectory(registry: InMemoryPersons.allKnown),
            locating: InMemoryLocating().directory,
            storage: StorageLevel(),
            metrics: metrics,
            now: { noon }
        )
        let admission = Admission(memoryBound: 256 << 20, metrics: metrics)
        self.init(intake: intake, admission: admission, devices: devices, sightings: sightings)
    }

    fileprivate init(
        intake: LocationIntake,
        admission: Admission,
        devices: InMemoryDevices,
        recentMeetings: any RecentMeetingSource = NoRecentMeetings(),
        requiresTokens: Bool = false,
        sightings: DeviceSightings = DeviceSightings(),
        hints: HintKeeper? = nil
    ) {
        self.init(
            phones: PhoneIntake(
                intake: intake,
                devices: DeviceDirectory(registry: devices),
                hints: hints,
                recentMeetings: recentMeetings,
                requiresTokens: requiresTokens,
                admission: admission,
                sightings: sightings
            )
        )
    }
}

extension ImportRoutes {
    /// The routes of imports before a queue; their clock stands at ``noon``.
    init(_ queue: InMemoryQueue, _ imports: InMemoryImports) {
        let metrics = MetricsRegistry()
        let intake = LocationIntake(
            queue: queue,
            persons: PersonDirectory(registry: InMemoryPersons.allKnown),
            locating: InMemoryLocating().directory,
            storage: StorageLevel(),
            metrics: metrics,
            now: { noon }
        )
        self.init(intake: intake, admission: Admission(memoryBound: 256 << 20, metrics: metrics), registry: imports)
    }
}
