import HTTPServer
import LocationQueue
import Persistence
import ServiceRuntime
import ServiceWiring

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run(
            "location-consumer",
            LocationConsumerConfiguration.init(_:),
            commands: DeadLetterCommand.all
        ) { configuration, process in
            let database = Database(configuration.database, process)
            let sink = LocationSink(client: database.client)
            let log = PostgresLog(client: database.client)
            let queue = PostgresLogConsumer(
                log: log,
                member: configuration.member,
                maximumBytes: configuration.batchBytes,
                logger: process.logger,
                storedOffsets: sink.offsets(of:)
            )
            let ingestion = LocationIngestion(
                queue: queue,
                sink: sink,
                logger: process.logger,
                metrics: process.metrics
            )
            let retention = LogRetention(log: log, sink: sink, age: configuration.retention, process)
            let health = Health(checks: [database.readiness])
            let server = WebServer(
                configuration.http,
                Router(),
                openAPI: PackageResources.openapi_json,
                health,
                process
            )
            return ServiceGroup(
                logger: process.logger,
                services: [
                    database.service,
                    server.service,
                    Service(name: "schema", start: { try await database.waitUntilCurrent() }),
                    Service(name: "wake-up", run: { try await queue.run() }),
                    Service(name: "retention", run: { try await retention.run() }),
                    Service(name: "ingestion", run: { await ingestion.run() }, stop: { await ingestion.stop() }),
                ],
                health: health
            )
        }
    }
}
