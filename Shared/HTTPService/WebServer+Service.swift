package import HTTPServer
package import ServiceRuntime

extension WebServer {
    /// Makes a service's server: its routes, and the endpoints of every service.
    ///
    /// - Parameters:
    ///   - configuration: the server's settings. An admin port adds a second server, which has no routes of the
    ///     service, and which alone serves `/metrics`.
    ///   - routes: the service's routes.
    ///   - openAPI: the API's description, if there is one.
    ///   - health: the source of `/readyz`.
    ///   - process: provides logger, metrics and tracer.
    /// - Returns: the service; start it after everything that handlers use.
    package static func service(
        _ configuration: HTTPServerConfiguration,
        _ routes: Router,
        openAPI: [UInt8]?,
        _ health: Health,
        _ process: ServiceProcess
    ) -> Service {
        let readiness: @Sendable () async -> Readiness = {
            let report = await health.report()
            return Readiness(
                isReady: report.isReady,
                checks: report.entries.map { Readiness.Check(name: $0.name, isReady: $0.isReady) }
            )
        }
        var router = routes
        let publicMetrics = configuration.adminPort == nil ? process.metrics : nil
        router.addStandardEndpoints(metrics: publicMetrics, openAPI: openAPI, readiness: readiness)
        let server = WebServer(configuration: configuration, router: router, process).service
        guard let port = configuration.adminPort else { return server }
        var adminRouter = Router()
        adminRouter.addStandardEndpoints(
            metrics: process.metrics,
            areMetricsPublic: true,
            openAPI: nil,
            readiness: readiness
        )
        var adminConfiguration = HTTPServerConfiguration()
        adminConfiguration.name = "admin"
        adminConfiguration.host = configuration.host
        adminConfiguration.port = port
        adminConfiguration.threads = 1
        adminConfiguration.maximumConnections = 64
        return .together(
            "servers",
            [server, WebServer(configuration: adminConfiguration, router: adminRouter, process).service]
        )
    }

    /// Makes a server with the process's logger, metrics and tracer.
    package convenience init(configuration: HTTPServerConfiguration, router: Router, _ process: ServiceProcess) {
        self.init(
            configuration: configuration,
            router: router,
            logger: process.logger,
            metrics: process.metrics,
            tracer: process.tracer
        )
    }

    /// The service; start it after everything that handlers use.
    package var service: Service {
        Service(name: "HTTP server", start: { try await self.start() }, stop: { await self.stop() })
    }
}
