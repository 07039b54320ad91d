import Foundation

/// A program that a benchmark runs beside it: a load generator, a peer.
final class ChildProcess {
    private let process = Process()

    /// Starts a program; it ends with ``stop()``.
    ///
    /// - Parameters:
    ///   - program: a name on the search path, or in the folders of servers that are not on it.
    ///   - arguments: its arguments.
    ///   - output: what takes its standard output and its errors.
    /// - Throws: if there is no such program, naming it.
    init(_ program: String, _ arguments: [String], output: FileHandle = .nullDevice) throws {
        process.executableURL = URL(fileURLWithPath: try ChildProcess.find(program))
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit {
        stop()
    }

    /// Asks the program to end and waits until it has.
    func stop() {
        if process.isRunning {
            process.terminate()
        }
        process.waitUntilExit()
    }

    /// Runs a program to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: if there is no such program or it fails.
    static func output(_ program: String, _ arguments: [String]) throws -> String {
        let pipe = Pipe()
        let child = try ChildProcess(program, arguments, output: pipe.fileHandleForWriting)
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        child.process.waitUntilExit()
        guard child.process.terminationStatus == 0 else {
            throw BenchmarkFailure(description: "\(program) failed with \(child.process.terminationStatus): \(text)")
        }
        return text
    }

    private static func find(_ program: String) throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for folder in folders + ["/usr/sbin", "/sbin"] {
            let path = "\(folder)/\(program)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw BenchmarkFailure(description: "\(program) is missing; scripts/setup says how it is installed.")
    }
}

/// A folder for a benchmark's files, which goes with it.
final class ScratchFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file.
    ///
    /// - Returns: its path.
    /// - Throws: if it cannot be written.
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}
