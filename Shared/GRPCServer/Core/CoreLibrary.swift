import CGRPC
import Concurrency
import Observability
import Synchronization

/// gRPC's C core as a whole, which is set up once per process and stays.
enum CoreLibrary {
    /// The minimum time between two lines of the library in the log, because clients can cause any number.
    private static let interval: Int64 = 10_000_000_000
    private static let output = Mutex((logger: Logger?.none, lines: SparseLog(interval: interval)))

    /// Errors of the library go to our logs.
    private static let isSetUp: Bool = {
        gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR)
        gpr_set_log_function(logLine)
        grpc_init()
        return true
    }()

    /// Sets the library up, unless that was done before.
    ///
    /// - Parameter logger: logs the library's errors; the latest one wins.
    static func setUp(logger: Logger) {
        output.withLock { $0.logger = logger }
        _ = isSetUp
    }

    fileprivate static func log(_ message: String, file: String, line: Int) {
        let (logger, omitted) = output.withLock { ($0.logger, $0.lines.admit(at: MonotonicClock.now())) }
        guard let omitted else { return }
        logger?.warning(
            "gRPC's core reported an error",
            [.reason: .string(message), .file: .string("\(file):\(line)"), .omitted: .integer(omitted)]
        )
    }
}

/// Called by the library on any of its threads.
private func logLine(_ arguments: UnsafeMutablePointer<gpr_log_func_args>?) {
    guard let arguments, let message = arguments.pointee.message, let file = arguments.pointee.file else { return }
    let path = String(cString: file)
    let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    CoreLibrary.log(String(cString: message), file: name, line: Int(arguments.pointee.line))
}
