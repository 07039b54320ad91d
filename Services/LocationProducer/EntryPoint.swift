import Access
import GRPCServer
import HTTPClient
import HTTPServer
import HTTPService
import LocationProtocol
import LocationQueue
import Models
import Persistence
import Postgres
import QueueService
import Quota
import RESTAccess
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run("location-producer", LocationProducerConfiguration.init(_:)) {
            configuration,
            process in
            let queue = try ProducingQueue(configuration.queue, configuration.database, process)
            let health = Health(checks: [queue.readiness])
            let database = PostgresClient(
                configuration: configuration.deviceDatabase,
                logger: process.logger,
                metrics: process.metrics
            )
            let store = DeviceStore(client: database)
            let devices = DeviceDirectory(registry: store)
            let keys = CredentialDirectory(
                registry: StoredCredentials(
                    keys: APIKeyStore(client: database),
                    sessions: SessionStore(client: database)
                )
            )
            let keyChanges = CredentialChanges(directory: keys, client: database, logger: process.logger)
            let deviceChanges = ChangeFollower(
                "Not listening for changed devices",
                process.logger,
                listen: store.changes
            )
            let personDatabase = PostgresClient(
                configuration: configuration.personDatabase,
                logger: process.logger,
                metrics: process.metrics
            )
            let personStore = PersonStore(client: personDatabase)
            let persons = PersonDirectory(registry: personStore)
            let erasures = ChangeFollower(
                "Not listening for erased persons",
                process.logger,
                listen: personStore.erasures
            )
            let consents = ConsentStore(client: personDatabase)
            let needsConsent = configuration.access.mode == .enforce
            let locating = LocateDirectory(
                registry: StoredLocatePermissions(
                    consents: consents,
                    pauses: PauseStore(client: personDatabase),
                    needsConsent: needsConsent
                ),
                needsConsent: needsConsent
            )
            let locatingChanges = ChangeFollower(
                "Not listening for consents and pauses",
                process.logger,
                listen: consents.changes
            )
            let storage = StorageLevel()
            let storageWatch = StorageWatch(
                configuration.storage,
                storage,
                DatabaseSize(client: personDatabase),
                logger: process.logger,
                metrics: process.metrics
            )
            let sightings = DeviceSightings()
            let status = DeviceStatusWriter(
                sightings: sightings,
                store: store,
                logger: process.logger,
                now: Timestamp.now
            )
            let stores = Stores(
                imports: ImportStore(client: personDatabase),
                hints: configuration.hintSecret.map { secret in
                    HintKeeper(secret: secret.reveal(), store: ZoneHintStore(client: database))
                }
            )
            let connectionKeys = try configuration.connectionKeyFile.map {
                try ServiceKeyFile(path: $0, logger: process.logger)
            }
            let ledger = QuotaLedger(
                store: QuotaStore(client: personDatabase, logger: process.logger),
                settings: ledgerSettings,
                logger: process.logger,
                metrics: process.metrics
            )
            let days = EventDays(logger: process.logger) { try await EventStore(client: personDatabase).days() }
            let senders = LocationSenders(
                devices: devices,
                keys: keys,
                limits: KeyLimits(ledger, days, standard: configuration.dailyLimit)
            ) { configuration.access.isOpen(to: $0) }
            let interfaces = interfaces(
                queue.producer,
                devices,
                senders,
                sightings,
                persons,
                locating,
                stores,
                storage,
                connectionKeys,
                configuration,
                process
            )
            var router = interfaces.routes
            let access = try router.guardAccess(
                configuration.access,
                describedBy: PackageResources.openapi_json,
                process
            )
            let server = WebServer.service(
                configuration.http,
                router,
                openAPI: PackageResources.openapi_json,
                health,
                process
            )
            let osmandServer = WebServer(
                configuration: configuration.osmand,
                router: interfaces.osmandRoutes,
                process
            )
            let rpcServer = RPCServer.service(
                configuration.grpc,
                interfaces.calls,
                descriptors: [LocationServiceDescriptor.fileDescriptorSet],
                health,
                process
            )
            return ServiceGroup(
                logger: process.logger,
                services: [process.traceExport] + queue.services + access + (connectionKeys.map { [$0.service] } ?? [])
                    + [
                        Service(name: "database of devices", stop: { await database.close() }),
                        Service(name: "devices", run: { try await devices.follow(deviceChanges) }),
                        Service(name: "API keys", run: { try await keyChanges.run() }),
                        Service(name: "days of events", run: { try await days.run() }),
                        Service(name: "status of devices", run: status.run, stop: { await status.write(all: true) }),
                        Service(name: "database of persons", stop: { await personDatabase.close() }),
                        Service(name: "daily limits", run: { try await ledger.run() }, stop: { await ledger.stop() }),
                        Service(name: "persons", run: { try await persons.follow(erasures) }),
                        Service(name: "consents and pauses", run: { try await locating.follow(locatingChanges) }),
                        Service(name: "storage", run: { try await storageWatch.run() }),
                        .together("servers", [rpcServer, server, osmandServer.service]),
                    ],
                health: health
            )
        }
    }

    /// Leases for a share of the daily limits: access-service and this service have two replicas each.
    private static var ledgerSettings: LedgerSettings {
        var settings = LedgerSettings()
        settings.replicas = 4
        return settings
    }

    /// What is stored in PostgreSQL beside the queue.
    private struct Stores {
        let imports: ImportStore
        let hints: HintKeeper?
    }

    private static func interfaces(
        _ queue: any LocationQueueProducer,
        _ devices: DeviceDirectory,
        _ senders: LocationSenders,
        _ sightings: DeviceSightings,
        _ persons: PersonDirectory,
        _ locating: LocateDirectory,
        _ stores: Stores,
        _ storage: StorageLevel,
        _ connectionKeys: ServiceKeyFile?,
        _ configuration: LocationProducerConfiguration,
        _ process: ServiceProcess
    ) -> (routes: Router, osmandRoutes: Router, calls: RPCRouter) {
        let intake = LocationIntake(
            queue: queue,
            persons: persons,
            locating: locating,
            storage: storage,
            metrics: process.metrics,
            now: Timestamp.now
        )
        let admission = Admission(memoryBound: configuration.memory.bytes, metrics: process.metrics)
        let phones = PhoneProtocols(
            phones: PhoneIntake(
                intake: intake,
                devices: devices,
                hints: stores.hints,
                recentMeetings: meetings(configuration, connectionKeys, process),
                requiresTokens: configuration.deviceTokens == .required,
                admission: admission,
                sightings: sightings
            )
        )
        var router = Router()
        LocationRoutes(
            intake: intake,
            senders: senders,
            admission: admission,
            answers: IdempotentAnswers(
                capacity: configuration.memory.bytes / 32,
                lifetime: configuration.idempotencyLifetime
            ),
            bounds: configuration.lines
        ).add(to: &router)
        ImportRoutes(intake: intake, admission: admission, registry: stores.imports, bounds: configuration.imports)
            .add(to: &router)
        phones.add(to: &router)
        return (
            router, phones.osmandRouter,
            LocationMethods(intake: intake, senders: senders, admission: admission, metrics: process.metrics).router
        )
    }

    private static func meetings(
        _ configuration: LocationProducerConfiguration,
        _ keys: ServiceKeyFile?,
        _ process: ServiceProcess
    ) -> any RecentMeetingSource {
        guard let address = configuration.connectionService else { return NoRecentMeetings() }
        return RecentMeetingClient(
            address: address,
            client: WebClient(maximumRequests: 8, timeout: configuration.meetingsTimeout),
            keys: { keys?.keys ?? .none },
            logger: process.logger,
            now: Timestamp.now
        )
    }
}
