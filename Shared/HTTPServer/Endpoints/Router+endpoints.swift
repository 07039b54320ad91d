import JSON
import Networking
package import Observability

/// Whether a service is ready, and the state of its dependencies.
package struct Readiness: Sendable {
    /// One dependency.
    package struct Check: Sendable {
        /// The dependency's name: `database`.
        package let name: String
        /// Whether it answers.
        package let isReady: Bool

        /// The state of a dependency.
        package init(name: String, isReady: Bool) {
            self.name = name
            self.isReady = isReady
        }
    }

    /// Whether the service should get requests.
    package let isReady: Bool
    /// The state of each dependency.
    package let checks: [Check]

    /// The readiness, which requires `isReady` and every check.
    package init(isReady: Bool = true, checks: [Check]) {
        self.isReady = isReady && checks.allSatisfy(\.isReady)
        self.checks = checks
    }
}

extension Router {
    /// Adds the endpoints that every service has.
    ///
    /// | path | answer |
    /// |---|---|
    /// | `/health` | 200 and the JSON string `"healthy"`, as long as the process answers |
    /// | `/livez` | the same as an object, for Kubernetes |
    /// | `/readyz` | 200 if `readiness` says so, 503 if not; an object with the checks either way |
    /// | `/metrics` | Prometheus's text format; 404 for other machines unless `areMetricsPublic` |
    /// | `/openapi.json`, `/swagger.json` | the API's description |
    /// | `/` | a page to read and to try the API, made in the browser from the description |
    ///
    /// They are answered regardless of the number of requests in progress.
    ///
    /// - Parameters:
    ///   - metrics: the content of `/metrics`, which does not exist without it.
    ///   - areMetricsPublic: whether other machines may read it, because only operators can reach the port.
    ///   - openAPI: an OpenAPI 3.1 document in JSON; without it there is neither a description nor its page.
    ///   - readiness: called for each `/readyz`; should take at most a second.
    package mutating func addStandardEndpoints(
        metrics: MetricsRegistry?,
        areMetricsPublic: Bool = false,
        openAPI: [UInt8]?,
        readiness: @escaping @Sendable () async -> Readiness
    ) {
        addProbe("/health") { _ in .json { $0.value("healthy") } }
        addProbe("/livez") { _ in
            .json { writer in
                writer.object { $0.member("status", "alive") }
            }
        }
        addProbe("/readyz") { _ in Router.answer(await readiness()) }
        if let metrics {
            addProbe("/metrics") { request in
                guard areMetricsPublic || AddressRanges.loopback.contains(request.clientAddress) else {
                    throw Router.noSuchPath
                }
                return .bytes(metrics.prometheusText(), contentType: "text/plain; version=0.0.4; charset=utf-8")
            }
        }
        guard let openAPI else { return }
        for path in ["/openapi.json", "/swagger.json"] {
            addProbe(path) { _ in
                .bytes(openAPI, contentType: "application/json", headers: ["Cache-Control": "no-cache"])
            }
        }
        addProbe("/") { _ in APIPage.response }
    }

    private mutating func addProbe(_ template: String, handler: @escaping RequestHandler) {
        var route = Route(method: .get, template: template, handler: handler)
        route.isAlwaysAdmitted = true
        add(route)
    }

    private static func answer(_ readiness: Readiness) -> Response {
        var response = Response.json(status: readiness.isReady ? .ok : .serviceUnavailable) { writer in
            writer.object { writer in
                writer.member("status", readiness.isReady ? "ready" : "not ready")
                writer.object("checks") { writer in
                    for check in readiness.checks {
                        writer.member(check.name, check.isReady)
                    }
                }
            }
        }
        if !readiness.isReady {
            response.headers["Retry-After"] = "1"
        }
        return response
    }
}
