import Foundation
import TestSupport

/// Programs of the system that do what no API of Swift's does.
enum Tool {
    /// Runs one to its end, without holding up a thread of Swift's pool for so long.
    ///
    /// - Throws: ``FaultsError`` with what it wrote to standard error if it fails.
    static func run(_ words: [String], environment: [String: String] = [:]) async throws {
        let process = Process()
        let errors = FileManager.default.temporaryDirectory.appending(path: "faults-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: errors.path(), contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        try await ProcessThread.shared.start(process, URL(filePath: "/usr/bin/env"), words)
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        guard process.terminationStatus == 0 else {
            let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw FaultsError("\(words[0]) failed: \(text.suffix(500))")
        }
    }
}
