import Dispatch
import Foundation
import TestSupport

/// wrk, which asks again on each of its connections as soon as it is answered.
struct LoadGenerator {
    /// How many connections it has.
    let connections: Int

    /// Loads a server.
    ///
    /// - Parameters:
    ///   - port: the server's, on this machine.
    ///   - path: what is asked for.
    ///   - script: a file that says how in Lua; GET without one.
    ///   - seconds: how long.
    /// - Returns: answers a second.
    /// - Throws: if there were errors, or wrk is missing.
    func load(port: Int, path: String = "/", script: String? = nil, seconds: Int) async throws -> Double {
        var arguments = ["-t", "2", "-c", "\(connections)", "-d", "\(seconds)s", "--timeout", "20s"]
        if let script {
            arguments += ["-s", script]
        }
        arguments.append("http://127.0.0.1:\(port)\(path)")
        // wrk is waited for off Swift's pool, whose threads a server in this process needs.
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
        else { throw BenchmarkFailure(description: "wrk's output is not understood:\n\(text)") }
        return figure
    }
}
