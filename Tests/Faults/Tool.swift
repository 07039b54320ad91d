import Foundation
import TestSupport

/// Programs of the system that do what no API of Swift's does.
enum Tool {
    /// Runs one to its end, without holding up a thread of Swift's pool for so long.
    ///
    /// - Throws: ``FaultsError`` with what it wrote to standard error if it fails.
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
