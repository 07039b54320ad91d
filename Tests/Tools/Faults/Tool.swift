import Foundation
import TestSupport

/// Runs system programs for tasks that Swift has no API for.
enum Tool {
    /// Runs a program to completion without blocking a thread of Swift's pool.
    ///
    /// - Throws: ``FaultsError`` with the text on standard error if the program fails.
    static func run(_ words: [String], environment: [String: String] = [:]) async throws {
        let errors = FileManager.default.temporaryDirectory.appending(path: "faults-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: errors) }
        let process = try ChildProcess(
            words[0],
            Array(words.dropFirst()),
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            errors: .file(errors)
        )
        guard await process.exitStatus() == 0 else {
            let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw FaultsError("\(words[0]) failed: \(text.suffix(500))")
        }
    }
}
