import Access
import Concurrency
import DatabaseService
import HTTPServer
import HTTPService
import Persistence
import Quota
import RESTAccess
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run(
            "access-service",
            AccessServiceConfiguration.init(_:),
            commands: AccessCommand.all
        ) { configuration, process in
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
            let audit = AuditLog(
                sink: AuditStore(client: database.client),
                logger: process.logger,
                metrics: process.metrics
            )
            let auditKeys = try configuration.auditKeyFile.map { try ServiceKeyFile(path: $0, logger: process.logger) }
            let heads = AuditHeads(
                audit: audit,
                store: AuditStore(client: database.client),
                keys: { auditKeys?.keys ?? .none },
                logger: process.logger
            )
            let (cookie, attempts) = (SessionCookie(isSecure: configuration.hasTLS), AttemptLimit())
            let retention = AccessRetention(
                sessions: SessionStore(client: database.client),
                claims: ClaimStore(client: database.client),
                audit: AuditStore(client: database.client),
                quota: QuotaStore(client: database.client, logger: process.logger),
                logger: process.logger
            )
            var ledgerSettings = LedgerSettings()
            ledgerSettings.replicas = configuration.replicas
            let ledger = QuotaLedger(
                store: QuotaStore(client: database.client, logger: process.logger),
                settings: ledgerSettings,
                logger: process.logger,
                metrics: process.metrics
            )
            let days = EventDays(logger: process.logger) {
                try await EventStore(client: database.client).days()
            }
            let issuer = configuration.issuer.map { LoginIssuer($0, logger: process.logger) }
            var router = Router()
            ForwardAuth(
                routes: routes,
                authenticator: Authenticator(
                    directory: directory,
                    cookie: cookie,
                    attempts: attempts,
                    tokens: configuration.issuer?.audience == nil ? nil : issuer
                ),
                keys: keys,
                access: configuration.access,
                metrics: DecisionMetrics(process.metrics),
                audit: audit,
                limits: ClientLimits(configuration.limits, ledger, days)
            ).add(to: &router)
            SessionRoutes(
                sessions: retention.sessions,
                directory: directory,
                identities: IdentityStore(client: database.client),
                claims: retention.claims,
                keys: APIKeyStore(client: database.client),
                cookie: cookie,
                attempts: attempts,
                audit: audit
            ).add(to: &router)
            LoginRoutes(
                issuer: issuer,
                identities: IdentityStore(client: database.client),
                sessions: retention.sessions,
                cookie: cookie,
                pending: PendingLoginCookie(isSecure: configuration.hasTLS),
                audit: audit
            ).add(to: &router)
            KeyRoutes(keys: APIKeyStore(client: database.client), scopes: routes.scopes, audit: audit).add(to: &router)
            AuditRoutes(store: retention.audit).add(to: &router)
            EmergencyRoutes(accesses: EmergencyStore(client: database.client), audit: audit).add(to: &router)
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
                    Service(name: "daily limits", run: { try await ledger.run() }, stop: { await ledger.stop() }),
                    Service(
                        name: "audit",
                        run: { try await audit.run() },
                        stop: {
                            await audit.flush()
                            await heads.sign()
                        }
                    ),
                    Service(name: "heads of the audit", run: { try await heads.run() }),
                    Service(
                        name: "days of events",
                        run: {
                            try await database.waitUntilCurrent()
                            try await days.run()
                        }
                    ),
                    Service(
                        name: "retention",
                        run: {
                            try await database.waitUntilCurrent()
                            try await retention.run()
                        }
                    ),
                    server,
                ] + access + [auditKeys?.service].compactMap { $0 }
                    + [issuer].compactMap { $0 }.map { issuer in
                        Service(name: "issuer of logins", run: { try await issuer.run() })
                    },
                health: health
            )
        }
    }
}
