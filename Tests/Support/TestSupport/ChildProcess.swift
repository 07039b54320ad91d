internal import Dispatch
package import Foundation
internal import Synchronization

/// A child process that ends with the tests, however they end.
///
/// It calls posix_spawn directly. With about 1,365 open descriptors, which many clients and servers in one process soon
/// have, Foundation's `Process` reads beyond the last entry of `/proc/self/fd` and may crash.
package final class ChildProcess: Sendable {
    /// The target of a standard stream.
    package enum Stream: Sendable {
        /// `/dev/null`.
        case nothing
        /// The stream of this process.
        case inherited
        /// A file; an output file is truncated first.
        case file(URL)
        /// A descriptor of this process.
        case descriptor(Int32)
    }

    /// The process id.
    package let processIdentifier: Int32
    private let status = Mutex<Int32?>(nil)

    /// Starts a program.
    ///
    /// Its process id is that of the program itself.
    ///
    /// - Parameters:
    ///   - program: a path, or a name on the search path.
    ///   - arguments: the arguments.
    ///   - environment: the complete environment; that of this process if `nil`.
    ///   - input: standard input.
    ///   - output: standard output.
    ///   - errors: standard error.
    /// - Throws: `POSIXError`. A missing program gives the exit status 127 and a message on standard error.
    package init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        input: Stream = .nothing,
        output: Stream = .nothing,
        errors: Stream = .inherited
    ) throws {
        // Without setpriv (util-linux), the program outlives a test run that is killed.
        let setpriv = "/usr/bin/setpriv"
        let words =
            access(setpriv, X_OK) == 0
            ? [setpriv, "--pdeathsig", "KILL", "--", program] + arguments : [program] + arguments
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
        processIdentifier = try SpawningThread.shared.run {
            try Self.spawn(words, variables: variables, streams: [input, output, errors])
        }
    }

    /// Whether the process is running.
    package var isRunning: Bool { poll() == nil }

    /// Sends a signal, unless the process has ended.
    package func signal(_ number: Int32) {
        status.withLock { status in
            // The system does not reuse the process id before its status is collected.
            if status == nil { kill(processIdentifier, number) }
        }
    }

    /// Waits for the end without blocking a thread.
    ///
    /// Returns the exit status, or the number of the signal that ended it.
    @discardableResult
    package func exitStatus() async -> Int32 {
        while true {
            if let status = poll() { return status }
            // A cancelled task does not sleep.
            if (try? await Task.sleep(for: .milliseconds(2))) == nil { usleep(1_000) }
        }
    }

    /// Blocks the thread until the end.
    ///
    /// Returns the same as ``exitStatus()``.
    @discardableResult
    package func waitUntilExit() -> Int32 {
        while true {
            if let status = poll() { return status }
            usleep(1_000)
        }
    }

    /// Runs a program to completion while blocking the thread.
    ///
    /// - Parameters:
    ///   - program: a path, or a name on the search path.
    ///   - arguments: the arguments.
    ///   - environment: the complete environment; that of this process if `nil`.
    ///   - input: standard input.
    /// - Returns: the exit status and the output.
    /// - Throws: `POSIXError`.
    package static func run(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        input: Stream = .nothing
    ) throws -> (status: Int32, output: String) {
        let pipe = Pipe()
        let child = try ChildProcess(
            program,
            arguments,
            environment: environment,
            input: input,
            output: .descriptor(pipe.fileHandleForWriting.fileDescriptor)
        )
        try pipe.fileHandleForWriting.close()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        return (child.waitUntilExit(), output)
    }

    private func poll() -> Int32? {
        status.withLock { known in
            if known == nil {
                var status: Int32 = 0
                if waitpid(processIdentifier, &status, WNOHANG) == processIdentifier {
                    // As in <sys/wait.h>: a signal in the low seven bits, or an exit status in the next byte.
                    known = status & 0x7F == 0 ? status >> 8 & 0xFF : status & 0x7F
                }
            }
            return known
        }
    }

    private static func spawn(_ words: [String], variables: [String], streams: [Stream]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in zip(Int32(0)..., streams) {
            let flags = target == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
            switch stream {
            case .nothing: posix_spawn_file_actions_addopen(&actions, target, "/dev/null", flags, 0)
            case .inherited: break
            case .file(let file): posix_spawn_file_actions_addopen(&actions, target, file.path(), flags, 0o644)
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, target)
            }
        }
        addCloseFrom(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Reset signals that this process ignores or blocks.
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        // The terminal sends Ctrl-C only to this process, which then ends the program.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP)
        )
        let arguments = words.map { strdup($0) }
        let environment = variables.map { strdup($0) }
        defer { for word in arguments + environment { free(word) } }
        var identifier: pid_t = 0
        let code = posix_spawnp(&identifier, words[0], &actions, &attributes, arguments + [nil], environment + [nil])
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
        return identifier
    }
}

/// `posix_spawn_file_actions_addclosefrom_np` of glibc 2.34, which its header declares only for GNU C.
///
/// Safety: The signature has two words in and one out, for which C's and Swift's calling conventions agree.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np") @discardableResult
private func addCloseFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

/// The thread that starts programs.
///
/// The kernel kills a program when the thread that started it ends (`PR_SET_PDEATHSIG`). Threads of Swift's pool and of
/// Dispatch may end; this one remains.
private final class SpawningThread: Sendable {
    static let shared = SpawningThread()

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

    /// Runs a closure on the thread while the caller's thread waits.
    func run(_ body: @escaping @Sendable () throws -> Int32) throws -> Int32 {
        let outcome = Outcome()
        jobs.withLock { jobs in
            jobs.append {
                outcome.value.withLock { $0 = Result { try body() } }
                outcome.isThere.signal()
            }
        }
        added.signal()
        outcome.isThere.wait()
        guard let value = outcome.value.withLock({ $0 }) else { return -1 }
        return try value.get()
    }

    private final class Outcome: Sendable {
        let value = Mutex<Result<Int32, any Error>?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }
}
