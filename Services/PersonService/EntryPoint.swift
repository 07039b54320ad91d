import Access
import Credentials
import DatabaseService
import HTTPServer
import HTTPService
import Persistence
import RESTAccess
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run(
            "person-service",
            PersonServiceConfiguration.init(_:),
            commands: MigrateCommand.all
        ) { configuration, process in
            let database = Database(configuration.database, process)
            let health = Health(checks: [database.readiness])
            let routes = PersonRoutes(
                persons: PersonStore(client: database.client),
                devices: DeviceStore(client: database.client),
                consents: ConsentStore(client: database.client),
                notes: PersonNoteStore(client: database.client),
                contacts: ContactStore(client: database.client),
                pauses: PauseStore(client: database.client),
                events: EventStore(client: database.client),
                addresses: configuration.addresses,
                isIDEnough: configuration.access.mode != .enforce,
                digest: configuration.hintSecret.map { HintDigest(secret: $0.reveal()) },
                retention: configuration.retention
            )
            var router = routes.router
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
            let retention = PersonRetention(
                pauses: PauseStore(client: database.client),
                persons: PersonStore(client: database.client),
                nudges: NudgeStore(client: database.client),
                logger: process.logger
            )
            return ServiceGroup(
                logger: process.logger,
                services: [
                    process.traceExport,
                    database.service,
                    Service(
                        name: "retention",
                        run: {
                            try await database.waitUntilCurrent()
                            try await retention.run()
                        }
                    ),
                    server,
                ] + access,
                health: health
            )
        }
    }
}
