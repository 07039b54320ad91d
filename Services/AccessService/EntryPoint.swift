import Access
import Concurrency
import DatabaseService
import HTTPServer
import HTTPService
import Persistence
import RESTAccess
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run("access-service", AccessServiceConfiguration.init(_:)) { configuration, process in
            let database = Database(configuration.database, process)
            let routes = try RouteTable(json: PackageResources.permissions_json)
            let keys = ReceiverKeys(folder: configuration.keys, receivers: routes.receivers, logger: process.logger)
            let directory = CredentialDirectory(
                registry: StoredCredentials(
                    keys: APIKeyStore(client: database.client),
                    sessions: SessionStore(client: database.client)
                )
            )
            let changes = CredentialChanges(directory: directory, client: database.client, logger: process.logger)
            var router = Router()
            ForwardAuth(
                routes: routes,
                authenticator: Authenticator(
                    directory: directory,
                    cookie: SessionCookie(isSecure: configuration.hasTLS),
                    attempts: AttemptLimit()
                ),
                keys: keys,
                access: configuration.access,
                metrics: DecisionMetrics(process.metrics)
            ).add(to: &router)
            let access = try router.guardAccess(
                configuration.access,
                describedBy: PackageResources.openapi_json,
                process
            )
            let health = Health(checks: [database.readiness])
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
                    Service(name: "keys of services", run: { try await keys.run() }),
                    Service(name: "changes of credentials", run: { try await changes.run() }),
                    server,
                ] + access,
                health: health
            )
        }
    }
}
