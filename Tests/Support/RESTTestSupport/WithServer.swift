package import HTTPServer
package import Observability

/// Runs a server on a free port for one test.
///
/// A busy machine may delay a test anywhere, so the deadlines are long unless the test sets them.
package func withServer(
    _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    metrics: MetricsRegistry = MetricsRegistry(),
    routes: (inout Router) -> Void,
    test: (WebServer) async throws -> Void
) async throws {
    var configuration = HTTPServerConfiguration()
    configuration.host = "127.0.0.1"
    configuration.threads = 2
    configuration.headTimeout = .seconds(3_600)
    configuration.idleTimeout = .seconds(3_600)
    configuration.bodyGrace = .seconds(3_600)
    configuration.requestTimeout = .seconds(3_600)
    configuration.writeTimeout = .seconds(3_600)
    configuration.drainTimeout = .seconds(5)
    configure(&configuration)
    var router = Router()
    routes(&router)
    let server = WebServer(configuration: configuration, router: router, logger: .silent, metrics: metrics)
    try await server.start()
    do {
        try await test(server)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}

extension Logger {
    /// Discards the log, because many tests make handlers fail on purpose.
    package static var silent: Logger { Logger(service: "test", level: .error, output: LogOutput { _ in }) }
}

extension RawClient {
    package convenience init(_ server: WebServer, receiveBuffer: Int32? = nil) throws {
        try self.init(port: server.port, receiveBuffer: receiveBuffer)
    }
}
