import Foundation
import TestSupport

/// The Python programs of this folder, run by `scripts/python` with their packages.
enum PeerPython {
    /// Runs a program to completion.
    ///
    /// - Parameter arguments: its name and arguments.
    /// - Throws: if the program fails; it prints the reason itself.
    static func run(_ arguments: [String]) throws {
        guard try start(arguments).waitUntilExit() == 0 else {
            throw BenchmarkFailure(description: "\(arguments.first ?? "") failed; see above.")
        }
    }

    /// Starts a program.
    static func start(
        _ arguments: [String],
        input: ChildProcess.Stream = .nothing,
        output: ChildProcess.Stream = .nothing
    ) throws -> ChildProcess {
        let folder = TestCluster.packageRoot.appending(path: "Tests/Tools/Benchmarks/Proximity/Peers").path()
        return try ChildProcess(
            TestCluster.packageRoot.appending(path: "scripts/python").path(),
            ["\(folder)/requirements.txt", "\(folder)/\(arguments[0])"] + arguments.dropFirst(),
            input: input,
            output: output
        )
    }
}

/// The peers in one Python process.
///
/// Requests and answers are lines of JSON.
///
/// It blocks while it waits, because nothing else should run during a measurement.
final class PeerProcess {
    private let process: ChildProcess
    private let requests = Pipe()
    private let answers = Pipe()
    private var unread = Data()

    /// Starts the process.
    init() throws {
        process = try PeerPython.start(
            ["peers.py"],
            input: .descriptor(requests.fileHandleForReading.fileDescriptor),
            output: .descriptor(answers.fileHandleForWriting.fileDescriptor)
        )
        try requests.fileHandleForReading.close()
        try answers.fileHandleForWriting.close()
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Sends a request and waits for the answer.
    ///
    /// - Throws: if the process has ended; it prints the reason itself.
    func ask<Answer: Decodable>(_ request: some Encodable, _: Answer.Type = Answer.self) throws -> Answer {
        try requests.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(request) + [0x0A])
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                defer { unread = Data(unread[unread.index(after: end)...]) }
                return try JSONDecoder().decode(Answer.self, from: unread[..<end])
            }
            let bytes = answers.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw BenchmarkFailure(description: "peers.py has ended; see above.") }
            unread += bytes
        }
    }
}
