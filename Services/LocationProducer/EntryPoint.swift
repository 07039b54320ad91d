import GRPCServer
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
            let doors = doors(queue.producer, process)
            let server = WebServer(
                configuration.http,
                doors.routes,
                openAPI: PackageResources.openapi_json,
                health,
                process
            )
            let rpcServer = RPCServer(
                configuration: configuration.grpc,
                router: doors.calls,
                logger: process.logger,
                metrics: process.metrics
            )
            return ServiceGroup(
                logger: process.logger,
                services: queue.services + [rpcServer.service, server.service],
                health: health
            )
        }
    }

    private static func doors(
        _ queue: some LocationQueueProducer,
        _ process: ServiceProcess
    ) -> (routes: Router, calls: RPCRouter) {
        let intake = LocationIntake(queue: queue, metrics: process.metrics, now: Timestamp.now)
        return (
            LocationRoutes(intake: intake).router, LocationCalls(intake: intake, metrics: process.metrics).router
        )
    }
}
