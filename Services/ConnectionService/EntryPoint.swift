import Access
import DatabaseService
import EventService
import HTTPServer
import HTTPService
import LocationQueue
import Models
import Persistence
import Postgres
import QueueService
import RESTAccess
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run("connection-service", ConnectionServiceConfiguration.init(_:)) {
            configuration,
            process in
            let database = Database(configuration.database, process)
            let source = PostgresClient(
                configuration: configuration.indexDatabase,
                logger: process.logger,
                metrics: process.metrics
            )
            return try services(
                following: try configuration.queue.followed(in: source, process),
                source,
                database,
                configuration,
                process
            )
        }
    }

    private static func services(
        following queue: any LocationQueueLog,
        _ source: PostgresClient,
        _ database: Database,
        _ configuration: ConnectionServiceConfiguration,
        _ process: ServiceProcess
    ) throws -> ServiceGroup {
        let store = LocationStore(client: database.client)
        let persons = PersonStore(client: database.client)
        let compute = ComputeThreads()
        let archive = LocationStore(client: source)
        let index = IndexState(configuration.index, compute, process.metrics)
        let directory = EventDirectory(
            EventStore(client: source),
            only: configuration.events,
            logger: process.logger
        )
        let events = CurrentEvents(
            EventStore(client: source),
            configuration.outside,
            only: configuration.events,
            logger: process.logger
        ) {
            if configuration.events != nil { index.withMembership { $0.needsReload = true } }
        }
        let indexing = LocationIndexing(
            state: index,
            archive: archive,
            queue: queue,
            settings: configuration.index,
            compute: compute,
            logger: process.logger,
            kept: events.kept
        )
        let histories = EventHistories(directory, ZoneHintStore(client: source), compute)
        let locations = IndexedLocations(
            index,
            locations: store,
            persons: persons,
            kept: events.kept,
            histories: histories,
            compute: compute,
            shares: configuration.memory,
            metrics: QueryMetrics(process.metrics)
        )
        let erasures = ErasureWatch(
            index: index,
            archive: archive,
            persons: PersonStore(client: source),
            logger: process.logger
        )
        let removals = RemovalWatch(index: index, events: EventStore(client: source), logger: process.logger)
        let forgettings = ForgettingWatch(index: index, pauses: PauseStore(client: source), logger: process.logger)
        let care = IndexCare(index: index.index, settings: configuration.index, compute: compute)
        let publication = configuration.publicationDatabase.map { database in
            let client = PostgresClient(configuration: database, logger: process.logger, metrics: process.metrics)
            let publication = Publication(
                PublicationStore(client: client),
                index,
                histories,
                compute,
                logger: process.logger,
                metrics: process.metrics
            )
            return [
                Service(name: "database of domain events", stop: { await client.close() }),
                Service(name: "domain events", run: { try await publication.run() }),
            ]
        }
        let consents = ConsentDirectory(ConsentStore(client: source), logger: process.logger)
        let views = LimitedViews(
            consents: { () throws(Problem) in try consents.all() },
            pseudonyms: configuration.pseudonyms,
            newAcquaintances: configuration.newAcquaintances
        )
        let nudges = configuration.nudgeDatabase.map { database in
            let client = PostgresClient(configuration: database, logger: process.logger, metrics: process.metrics)
            let search = NudgeSearch(
                NudgeStore(client: client),
                index,
                at: directory,
                views,
                configuration.nudges,
                compute,
                logger: process.logger,
                metrics: process.metrics
            )
            return [
                Service(name: "database of nudges", stop: { await client.close() }),
                Service(name: "nudges", run: { try await search.run() }),
            ]
        }
        let reports = configuration.reportDatabase.map { database -> [Service] in
            let client = PostgresClient(configuration: database, logger: process.logger, metrics: process.metrics)
            let agreed: (@Sendable () throws(Problem) -> [PersonID: Consents]) = { () throws(Problem) in
                try consents.all()
            }
            let reports = DailyReports(
                ReportStore(client: client),
                locations,
                isCurrent: { index.hasAllLocations },
                consents: configuration.access.mode == .enforce ? agreed : nil,
                delay: configuration.reportDelay,
                logger: process.logger,
                metrics: process.metrics
            )
            return [
                Service(name: "database of reports", stop: { await client.close() }),
                Service(name: "daily reports", run: { try await reports.run() }),
            ]
        }
        let health = Health(
            checks: [
                database.readiness, ReadinessCheck(name: "index") { index.isCurrent && index.presence.isLoaded },
            ]
        )
        let event = EventOverview(locations, consents)
        let inProgress = AnswersInProgress(
            configuration.memory,
            streams: configuration.streams.maximum,
            streamsPerClient: configuration.streams.perClient
        )
        let routes = ConnectionRoutes(
            locations: locations,
            meetings: locations,
            inProgress: inProgress,
            views: views
        )
        var router = routes.router
        let identities = StreamIdentities()
        let live = LiveRoutes(
            meetings: locations,
            inProgress: inProgress,
            views: views,
            event: event.json(showsAll:),
            identities: identities,
            isStopping: { health.isStopping }
        )
        live.add(to: &router)
        ExportRoutes(
            data: PersonalDataStore(client: database.client),
            meetings: locations,
            inProgress: inProgress,
            views: views
        ).add(to: &router)
        ReportRoutes(
            reports: ReportStore(client: database.client),
            events: { directory.current },
            inProgress: inProgress
        ).add(to: &router)
        let nudgeWatch = NudgeWatch(
            nudges: NudgeStore(client: source),
            watchers: PersonWatchers(),
            logger: process.logger
        )
        NudgeRoutes(
            nudges: NudgeStore(client: database.client),
            meetings: locations,
            inProgress: inProgress,
            views: views,
            identities: identities,
            watchers: nudgeWatch.watchers,
            isStopping: { health.isStopping }
        ).add(to: &router)
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
        return ServiceGroup(
            logger: process.logger,
            services: [
                process.traceExport,
                database.service,
                server,
                Service(name: "schema", start: { try await database.waitUntilCurrent() }),
                Service(name: "database of the index", stop: { await source.close() }),
                Service(name: "events of the venue", run: { try await directory.run() }),
                Service(name: "consents", run: { try await consents.run() }),
                Service(
                    name: "age of consents",
                    run: { try await consents.watchAge(in: RegionStore(client: source)) }
                ),
                Service(name: "identities", run: { try await identities.run(source, logger: process.logger) }),
                Service(name: "erasures", run: { try await erasures.run() }),
                Service(name: "removals", run: { try await removals.run() }),
                Service(name: "forgotten times", run: { try await forgettings.run() }),
                Service(name: "changes of nudges", run: { try await nudgeWatch.run() }),
                Service(name: "streams of nudges", run: { try await nudgeWatch.watchers.run() }),
            ] + (publication ?? []) + (nudges ?? []) + (reports ?? []) + events.services + access + [
                Service(name: "index", run: { try await indexing.run() }),
                Service(name: "meetings", run: { try await index.presence.run() }),
                Service(name: "streams", run: { try await index.presence.watchers.run() }),
                Service(name: "care of the index", run: { try await care.run() }),
                Service(name: "event", run: { try await event.run() }),
            ],
            health: health
        )
    }
}
