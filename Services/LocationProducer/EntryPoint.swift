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
            let queue = try ProducingQueue(configuration.queue, configuration.database, process)
            let health = Health(checks: [queue.readiness])
            let server = WebServer(
                configuration.http,
                router(queue.producer, process),
                openAPI: PackageResources.openapi_json,
                health,
                process
            )
            return ServiceGroup(
                logger: process.logger,
                services: queue.services + [server.service],
                health: health
            )
        }
    }

    private static func router(_ queue: some LocationQueueProducer, _ process: ServiceProcess) -> Router {
        LocationRoutes(intake: LocationIntake(queue: queue, metrics: process.metrics, now: Timestamp.now)).router
    }
}
