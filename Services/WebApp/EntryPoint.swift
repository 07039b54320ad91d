import HTTPServer
import HTTPService
import Observability
import ServiceRuntime

@main enum EntryPoint {
    static func main() async {
        await ServiceProcess.run("web-app", WebAppConfiguration.init(_:)) { configuration, process in
            let assets = try AssetTable(
                folder: configuration.assets,
                leaflet: configuration.leaflet,
                settings: String(decoding: configuration.settings, as: UTF8.self)
            )
            process.logger.info(
                "Read the assets",
                [.count: .integer(assets.count), .bytes: .integer(assets.compressedCount)]
            )
            let routes = WebAppRoutes(assets: assets, configuration: configuration)
            let health = Health(checks: [])
            let server = WebServer.service(configuration.http, routes.router, openAPI: nil, health, process)
            return ServiceGroup(logger: process.logger, services: [process.traceExport, server], health: health)
        }
    }
}
