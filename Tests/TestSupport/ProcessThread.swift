import Dispatch
package import Foundation
internal import Synchronization

/// Starts processes that end with this one, however it ends.
///
/// The kernel ends them when the thread that has started them ends (`PR_SET_PDEATHSIG`). Threads of Swift's pool and of
/// Dispatch come and go; this one stays.
package final class ProcessThread: Sendable {
    /// The one of this process.
    package static let shared = ProcessThread()

    private static let setpriv = "/usr/bin/setpriv"
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let added = DispatchSemaphore(value: 0)

    private init() {
        Thread.detachNewThread { [self] in
            while true {
                added.wait()
                let job = jobs.withLock { $0.removeFirst() }
                job()
            }
        }
    }

    /// Starts `process`; its number is the executable's own, since setpriv (util-linux) becomes what it starts.
    ///
    /// Where there is no setpriv, the process outlives a test run that is killed.
    package func start(_ process: Process, _ executable: URL, _ arguments: [String] = []) async throws {
        if FileManager.default.isExecutableFile(atPath: Self.setpriv) {
            process.executableURL = URL(filePath: Self.setpriv)
            process.arguments = ["--pdeathsig", "KILL", "--", executable.path()] + arguments
        } else {
            process.executableURL = executable
            process.arguments = arguments
        }
        try await withCheckedThrowingContinuation { continuation in
            jobs.withLock { $0.append { continuation.resume(with: Result { try process.run() }) } }
            added.signal()
        }
    }
}
