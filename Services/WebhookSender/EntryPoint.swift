import Credentials
import DatabaseService
import HTTPClient
import HTTPServer
import HTTPService
import Networking
import Persistence
import RESTAccess
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run("webhook-sender", WebhookSenderConfiguration.init(_:)) { configuration, process in
            let database = Database(configuration.database, process)
            let health = Health(checks: [database.readiness])
            let sending = configuration.sending
            let store = DeliveryStore(client: database.client, rules: sending.rules)
            let box = SecretBox(secret: configuration.key.reveal())
            var limits = PostLoop.Limits(forbidden: sending.forbidden)
            limits.timeout = sending.timeout
            limits.allowsHTTP = sending.allowsPrivate
            let sender = DeliverySender(
                store,
                PostLoop(limits),
                box,
                sending.retries,
                concurrency: sending.concurrency,
                logger: process.logger,
                metrics: process.metrics
            )
            let dispatch = EventDispatch(
                store,
                lifetime: sending.retries.lifetime,
                retention: configuration.retention,
                logger: process.logger,
                metrics: process.metrics,
                whenDispatched: { sender.wake() }
            )
            var router = Router()
            WebhookRoutes(
                webhooks: WebhookStore(client: database.client),
                deliveries: store,
                box: box,
                allowsHTTP: sending.allowsPrivate,
                forbidden: sending.forbidden
            ).add(to: &router)
            let pushes = PushStore(client: database.client)
            PushRoutes(
                store: pushes,
                key: configuration.pushKey,
                box: box,
                allowsHTTP: sending.allowsPrivate,
                forbidden: sending.forbidden
            ).add(to: &router)
            limits.timeout = min(sending.timeout, PushSender.timeout)
            let pushPosts = PostLoop(limits)
            let push = configuration.pushKey.map { key in
                PushSender(
                    pushes,
                    pushPosts,
                    PushRequests(key: key, box: box),
                    sending,
                    logger: process.logger,
                    metrics: process.metrics
                )
            }
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
                services: [process.traceExport, database.service, server] + access + [
                    Service(name: "schema", start: { try await database.waitUntilCurrent() }),
                    Service(name: "events", run: { try await dispatch.run() }),
                    Service(name: "care of deliveries", run: { try await dispatch.care() }),
                    Service(name: "sender", run: { try await sender.run() }, stop: { await sender.stop() }),
                ] + (push?.services ?? []),
                health: health
            )
        }
    }
}
