import DatabaseService
import EventService
import HTTPServer
import HTTPService
import LocationQueue
import Persistence
import QueueService
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run(
            "location-consumer",
            LocationConsumerConfiguration.init(_:),
            commands: DeadLetterCommand.all
        ) { configuration, process in
            let database = Database(configuration.database, process)
            let sink = LocationSink(client: database.client)
            let events = CurrentEvents(
                EventStore(client: database.client),
                configuration.outside,
                logger: process.logger
            )
            let queue = try ConsumingQueue(
                configuration.queue,
                database.client,
                member: configuration.member,
                group: configuration.group,
                maximumBytes: configuration.batchBytes,
                process,
                storedOffsets: sink.offsets(of:)
            )
            let binding = QueueBinding(log: queue.log, sink: sink, logger: process.logger)
            let lag = QueueLagMonitor(log: queue.log, sink: sink, logger: process.logger, metrics: process.metrics)
            let regions = RegionMonitor(
                RegionStore(client: database.client),
                logger: process.logger,
                metrics: process.metrics
            )
            let retention = queue.embeddedLog.map { log in
                let retention = LogRetention(
                    log: log,
                    sink: sink,
                    age: configuration.retention,
                    logger: process.logger
                )
                return Service(name: "retention", run: { try await retention.run() })
            }
            let eventRetention = EventRetention(
                EventStore(client: database.client),
                logger: process.logger,
                metrics: process.metrics
            )
            let deadLetterRetention = DeadLetterRetention(
                DeadLetterStore(client: database.client),
                age: configuration.deadLetterRetention,
                maximum: configuration.maximumDeadLetters,
                logger: process.logger,
                metrics: process.metrics
            )
            let deadLetters = DeadLetterRelay.services(
                to: queue.deadLetterTopic,
                from: DeadLetterStore(client: database.client),
                process
            )
            let health = Health(checks: [database.readiness] + queue.readiness)
            let server = WebServer.service(
                configuration.http,
                Router(),
                openAPI: PackageResources.openapi_json,
                health,
                process
            )
            let ingestion = ingestion(queue.consumer, sink, events, reportStored: queue.reportStored, process)
            return ServiceGroup(
                logger: process.logger,
                services: [
                    process.traceExport,
                    database.service,
                    server,
                    Service(name: "schema", start: { try await database.waitUntilCurrent() }),
                    Service(name: "queue", start: { try await binding.establish() }),
                    Service(name: "lag", run: { try await lag.run() }),
                    Service(name: "regions", run: { try await regions.run() }),
                    Service(name: "retention by event", run: { try await eventRetention.run() }),
                    Service(name: "retention of dead letters", run: { try await deadLetterRetention.run() }),
                ] + [retention].compactMap { $0 } + deadLetters + events.services + [ingestion],
                health: health
            )
        }
    }

    private static func ingestion(
        _ queue: some LocationQueueConsumer,
        _ sink: LocationSink,
        _ events: CurrentEvents,
        reportStored: (@Sendable ([QueueBatch]) -> Void)?,
        _ process: ServiceProcess
    ) -> Service {
        let ingestion = LocationIngestion(
            queue: queue,
            sink: sink,
            logger: process.logger,
            metrics: process.metrics,
            tracer: process.tracer,
            keeps: events.keeps,
            reportStored: reportStored
        )
        return Service(name: "ingestion", run: { await ingestion.run() }, stop: { await ingestion.stop() })
    }
}
