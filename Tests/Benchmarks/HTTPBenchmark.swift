import Foundation
import HTTPServer
import Observability

/// The HTTP server beside nginx, which answers without looking at anything.
///
/// Both have the same two cores, on which the load generator runs as well; so the shares count, not the figures.
enum HTTPBenchmark: Benchmark {
    static let name = "http"
    static let summary = "requests a second, answered by a Swift task, beside nginx's `return 204`"

    private static let connections = 64
    /// 108 bytes, as long as a location in JSON.
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
            peer.append(try await load(port: nginx.port, seconds: seconds))
            plain.append(try await load(port: server.port, path: "/plain", seconds: seconds))
            echo.append(try await load(port: server.port, path: "/echo", script: script, seconds: seconds))
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

    /// Loads a server with wrk.
    ///
    /// - Returns: answers a second.
    /// - Throws: if there were errors, or wrk is missing.
    private static func load(
        port: Int,
        path: String = "/",
        script: String? = nil,
        seconds: Int
    ) async throws -> Double {
        var arguments = ["-t", "2", "-c", "\(connections)", "-d", "\(seconds)s"]
        if let script {
            arguments += ["-s", script]
        }
        arguments.append("http://127.0.0.1:\(port)\(path)")
        // wrk is waited for off Swift's pool, whose threads the server needs.
        let text = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [arguments] in
                continuation.resume(with: Result { try ChildProcess.output("wrk", arguments) })
            }
        }
        if text.contains("Non-2xx") || text.contains("Socket errors") {
            throw BenchmarkFailure(description: "wrk saw errors:\n\(text)")
        }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Requests/sec:") }),
            let figure = line.split(separator: " ").last.flatMap({ Double($0) })
        else { throw BenchmarkFailure(description: "wrk's output is not understood:\n\(text)") }
        return figure
    }
}
