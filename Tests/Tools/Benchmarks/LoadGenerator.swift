import Dispatch
import Foundation
import TestSupport

/// wrk, which sends the next request on a connection as soon as the previous one is answered.
struct LoadGenerator {
    /// The number of connections.
    let connections: Int

    /// Loads a server.
    ///
    /// - Parameters:
    ///   - port: the port of the server on this machine.
    ///   - path: the path of the requests.
    ///   - script: a Lua script for the requests; GET by default.
    ///   - seconds: the duration.
    /// - Returns: answers a second.
    /// - Throws: if there are errors, or wrk is missing.
    func load(port: Int, path: String = "/", script: String? = nil, seconds: Int) async throws -> Double {
        let threads = min(2, connections)
        var arguments = ["-t", "\(threads)", "-c", "\(connections)", "-d", "\(seconds)s", "--timeout", "20s"]
        if let script {
            arguments += ["-s", script]
        }
        arguments.append("http://127.0.0.1:\(port)\(path)")
        // Wait outside Swift's pool, because a server in this process needs its threads.
        let (status, text) = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [arguments] in
                continuation.resume(with: Result { try ChildProcess.run("wrk", arguments) })
            }
        }
        guard status == 0 else { throw BenchmarkFailure(description: "wrk failed with \(status):\n\(text)") }
        if text.contains("Non-2xx") || text.contains("Socket errors") {
            throw BenchmarkFailure(description: "wrk saw errors:\n\(text)")
        }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Requests/sec:") }),
            let figure = line.split(separator: " ").last.flatMap({ Double($0) })
        else { throw BenchmarkFailure(description: "wrk printed an unknown format:\n\(text)") }
        return figure
    }
}
