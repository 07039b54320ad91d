import Foundation
import TestSupport

/// The Python programs in `Peers`: data, peers and figures.
enum MeetingsPython {
    /// Runs a program to completion.
    ///
    /// - Parameter arguments: its name and its arguments.
    /// - Throws: if the program fails; it prints the reason itself.
    static func run(_ arguments: [String]) throws {
        let folder = TestCluster.packageRoot.appending(path: "Tests/Tools/Benchmarks/Meetings/Peers").path()
        let process = try ChildProcess(
            TestCluster.packageRoot.appending(path: "scripts/python").path(),
            ["\(folder)/requirements.txt", "\(folder)/\(arguments[0])"] + arguments.dropFirst(),
            input: .nothing,
            output: .nothing
        )
        guard process.waitUntilExit() == 0 else {
            throw BenchmarkFailure(description: "\(arguments[0]) failed; see above.")
        }
    }
}
