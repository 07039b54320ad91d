import Foundation
import HTTPServer
import Observability

/// Compares the HTTP server with an nginx that answers without any processing.
///
/// Both use the same two cores, which also run the load generator. Therefore only the ratio is meaningful.
enum HTTPBenchmark: Benchmark {
    static let name = "http"
    static let summary = "requests a second, answered by a Swift task, compared with nginx's `return 204`"

    private static let wrk = LoadGenerator(connections: 64)
    /// 108 bytes, the size of a location in JSON.
    private static let body =
        #"{"person_id":1234,"latitude":"37.5538443","longitude":"-122.2901883","creation_time":"2020-07-07T10:37:06"}"#

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        let scratch = try ScratchFolder()
        let script = try scratch.write(
            "echo.lua",
            """
            wrk.method = "POST"
            wrk.body = [[\(body)]]
            wrk.headers["Content-Type"] = "application/json"
            """
        )
        let nginx = try Nginx(scratch: scratch)
        let server = try await startServer()
        var plain: [Double] = []
        var echo: [Double] = []
        var peer: [Double] = []
        for _ in 0..<(isQuick ? 7 : 15) {
            let seconds = isQuick ? 1 : 3
            peer.append(try await wrk.load(port: nginx.port, seconds: seconds))
            plain.append(try await wrk.load(port: server.port, path: "/plain", seconds: seconds))
            echo.append(try await wrk.load(port: server.port, path: "/echo", script: script, seconds: seconds))
        }
        await server.stop()
        nginx.stop()
        return [
            BenchmarkRow(
                work: "a short answer (nginx return 204)",
                ours: plain.median,
                peer: peer.median,
                unit: "requests/s",
                goal: 0.45
            ),
            BenchmarkRow(
                work: "echo of 108 bytes through a task (nginx return 204)",
                ours: echo.median,
                peer: peer.median,
                unit: "requests/s",
                goal: 0.45
            ),
        ]
    }

    private static func startServer() async throws -> WebServer {
        var router = Router()
        router.get("/plain") { _ in .text("hello") }
        router.post("/echo") { request in
            .bytes(try await request.body.collect(upTo: 4096), contentType: "application/json")
        }
        var configuration = HTTPServerConfiguration()
        configuration.host = "127.0.0.1"
        let server = WebServer(
            configuration: configuration,
            router: router,
            logger: Logger(service: "bench", level: .warning),
            metrics: MetricsRegistry()
        )
        try await server.start()
        return server
    }
}
