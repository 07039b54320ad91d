package import HTTPServer
package import ServiceRuntime

extension WebServer {
    /// Makes a service's server: its routes, and the endpoints that every service has.
    ///
    /// - Parameters:
    ///   - configuration: where to listen, and the bounds.
    ///   - routes: the service's own routes.
    ///   - openAPI: the API's description, if it has an API.
    ///   - health: what `/readyz` tells.
    ///   - process: whose logger and metrics are used.
    package convenience init(
        _ configuration: HTTPServerConfiguration,
        _ routes: Router,
        openAPI: [UInt8]?,
        _ health: Health,
        _ process: ServiceProcess
    ) {
        var router = routes
        router.addStandardEndpoints(metrics: process.metrics, openAPI: openAPI) {
            let report = await health.report()
            return Readiness(
                isReady: report.isReady,
                checks: report.entries.map { Readiness.Check(name: $0.name, isReady: $0.isReady) }
            )
        }
        self.init(configuration: configuration, router: router, logger: process.logger, metrics: process.metrics)
    }

    /// To be started after everything that handlers use.
    package var service: Service {
        Service(name: "HTTP server", start: { try await self.start() }, stop: { await self.stop() })
    }
}
