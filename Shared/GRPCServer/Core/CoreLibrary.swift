import CGRPC
import Networking
import Observability
import Synchronization

/// gRPC's C core as a whole: it is set up once a process and stays.
enum CoreLibrary {
    /// Between two lines of the library in the log: clients make it complain as often as they like.
    private static let interval: Int64 = 10_000_000_000
    private static let output = Mutex((logger: Logger?.none, lines: SparseLog(interval: interval)))

    /// What the library complains about goes to our logs, from its errors up.
    private static let isSetUp: Bool = {
        gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR)
        gpr_set_log_function(logLine)
        grpc_init()
        return true
    }()

    /// Sets the library up, if that has not been done.
    ///
    /// - Parameter logger: hears of the library's own errors; the last one that is given does.
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
