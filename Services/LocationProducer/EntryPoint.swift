import HTTPServer
import LocationQueue
import Models
import ServiceRuntime
import ServiceWiring

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run("location-producer", LocationProducerConfiguration.init(_:)) {
            configuration,
            process in
            let database = Database(configuration.database, process)
            let queue = PostgresLogProducer(log: PostgresLog(client: database.client))
            let health = Health(checks: [database.readiness])
            let routes = LocationRoutes(queue: queue, metrics: process.metrics, now: Timestamp.now)
            let server = WebServer(
                configuration.http,
                routes.router,
                openAPI: PackageResources.openapi_json,
                health,
                process
            )
            return ServiceGroup(
                logger: process.logger,
                services: [
                    database.service,
                    Service(name: "queue", run: { await queue.run() }, stop: { queue.stop() }),
                    server.service,
                ],
                health: health
            )
        }
    }
}
