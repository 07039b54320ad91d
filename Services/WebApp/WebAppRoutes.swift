import HTTPServer

/// The pages, their files and their settings.
struct WebAppRoutes: Sendable {
    let assets: AssetTable
    let configuration: WebAppConfiguration

    /// The routes, without the standard endpoints.
    var router: Router {
        var router = Router()
        router.get("/") { request in page(request, status: .ok) }
        for path in ["/people", "/people/{id}", "/event", "/me", "/phone", "/sign-in", "/licences"] {
            // Links that people type often end with a slash.
            for variant in [path, path + "/"] { router.get(variant) { request in page(request, status: .ok) } }
        }
        // The script shows that the page does not exist.
        router.get("/{path...}") { request in page(request, status: .notFound) }
        router.get("/assets/{version}/{path...}", handler: asset)
        router.get("/sw.js", handler: worker)
        // The legacy API had its description at /swagger.json.
        for path in ["/openapi.json", "/swagger.json"] { router.get(path, handler: description) }
        router.get("/config.json", handler: settings)
        router.get("/ground.geojson", handler: ground)
        return router
    }

    private func page(_ request: Request, status: HTTPStatus) -> Response {
        var headers = Self.guards
        headers["Cache-Control"] = "no-cache"
        headers["Content-Security-Policy"] = policy(host: request.headers["Host"])
        let document = assets.documents[AssetTable.page(of: request.path)] ?? assets.document
        return document.response(to: request, status: status, headers: headers)
    }

    private func asset(_ request: Request) throws -> Response {
        guard request.path.hasPrefix(assets.path + "/"),
            let file = assets[String(request.path.dropFirst(assets.path.count + 1))]
        else { throw Problem(.notFound, "This version of the pages has no such file.") }
        // The headers that guard a document mean nothing here, and would be a third of the bytes of a small module.
        return file.response(to: request, headers: ["Cache-Control": "public, max-age=31536000, immutable"])
    }

    /// The service worker of the release.
    ///
    /// Browsers look for a new one by its path, which has no hash.
    private func worker(_ request: Request) -> Response {
        var headers = Self.guards
        headers["Cache-Control"] = "no-cache"
        return assets.worker.response(to: request, headers: headers)
    }

    /// The description of all that the entrance leads to the services.
    private func description(_ request: Request) -> Response {
        assets.description.response(to: request, headers: ["Cache-Control": "no-cache"])
    }

    /// The settings of the pages, which their documents have as well.
    private func settings(_ request: Request) -> Response {
        .bytes(configuration.settings, contentType: "application/json", headers: ["Cache-Control": "no-cache"])
    }

    /// Halls and stands; empty without a map.
    private func ground(_ request: Request) -> Response {
        let file = configuration.ground.flatMap { Files.content(of: $0) }
        let bytes = file ?? Array(#"{"type":"FeatureCollection","features":[]}"#.utf8)
        return .bytes(bytes, contentType: "application/geo+json", headers: ["Cache-Control": "no-cache"])
    }

    /// Allows only the API and, if configured, tiles from other origins.
    private func policy(host: String?) -> String {
        let services = (["'self'"] + configuration.api.policySources(host: host, known: configuration.hosts)).joined(
            separator: " "
        )
        let images = (["'self'", "data:"] + [configuration.tiles.flatMap(Self.origin(ofTiles:))].compactMap { $0 })
            .joined(separator: " ")
        return "default-src 'none'; script-src 'self'; style-src 'self'; img-src \(images); connect-src \(services); "
            + "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    /// The origin of the tiles' address, whose host may contain a placeholder for several servers.
    private static func origin(ofTiles address: String) -> String? {
        guard let scheme = ["http://", "https://"].first(where: address.hasPrefix) else { return nil }
        let host = address.dropFirst(scheme.count).prefix { $0 != "/" }
        return host.hasPrefix("{s}.") ? "\(scheme)*.\(host.dropFirst(4))" : "\(scheme)\(host)"
    }

    private static let guards: HTTPHeaders = [
        "Permissions-Policy": Response.noPermissions, "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    ]
}
