import Dispatch
import Glibc
import Synchronization

/// What a group needs from its process: signals, an alarm, an exit.
///
/// Tests replace it.
struct ProcessControl: Sendable {
    /// Calls a closure for each SIGTERM and SIGINT, until the returned closure is called.
    let onSignal: @Sendable (@escaping @Sendable (CInt) -> Void) -> @Sendable () -> Void
    /// Calls a closure after a delay.
    let after: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
    /// Ends the process.
    let exit: @Sendable (CInt) -> Void

    /// The real process.
    ///
    /// Signals and the alarm have dispatch queues with their own threads, so they work even if every thread of Swift's
    /// cooperative pool hangs. The exit is `_exit`, so no destructor can delay it.
    static let live = ProcessControl(
        onSignal: { deliver in SignalPipe.open(deliver) },
        after: { delay, alarm in
            let time = DispatchTime.now() + .milliseconds(Quantity.milliseconds(delay))
            DispatchQueue(label: "udaconnect.alarm").asyncAfter(deadline: time, execute: alarm)
        },
        exit: { status in _exit(status) }
    )

    static func name(ofSignal signal: CInt) -> String {
        switch signal {
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        default: signal.description
        }
    }
}

/// Signals through a pipe: the handler, which may do almost nothing, writes the signal's number into it.
///
/// `sigwait` and `signalfd` need the signal blocked in every thread, also in those of C libraries; a handler has no
/// such requirement. The pipe and its reader live as long as the process, so a handler never sees a closed descriptor.
private enum SignalPipe {
    private static let signals = [SIGTERM, SIGINT]
    private static let listener = Mutex<(@Sendable (CInt) -> Void)?>(nil)
    /// The end that the handler writes to; −1 before the pipe exists.
    private static let writeEnd = Atomic<CInt>(-1)

    /// The end that the reader reads from; the first use creates the pipe and the reader.
    private static let readEnd: CInt = {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return -1 }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        writeEnd.store(ends[1], ordering: .sequentiallyConsistent)
        let readEnd = ends[0]
        DispatchQueue(label: "udaconnect.signals").async { forward(from: readEnd) }
        return readEnd
    }()

    /// Installs the handlers, and ignores SIGPIPE: a client that disconnects must not end the process.
    static func open(_ deliver: @escaping @Sendable (CInt) -> Void) -> @Sendable () -> Void {
        signal(SIGPIPE, SIG_IGN)
        guard readEnd >= 0 else { return {} }
        listener.withLock { $0 = deliver }
        for number in signals {
            signal(number) { SignalPipe.handle($0) }
        }
        return {
            for number in signals {
                signal(number, SIG_DFL)
            }
            listener.withLock { $0 = nil }
        }
    }

    private static func forward(from readEnd: CInt) {
        var number: UInt8 = 0
        while true {
            let count = read(readEnd, &number, 1)
            if count == 1 {
                listener.withLock { $0 }?(CInt(number))
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }

    /// Runs as a signal handler, which may call `write` and load an atomic, and must preserve `errno`.
    private static func handle(_ signal: CInt) {
        let savedError = errno
        var number = UInt8(truncatingIfNeeded: signal)
        _ = write(writeEnd.load(ordering: .sequentiallyConsistent), &number, 1)
        errno = savedError
    }
}
