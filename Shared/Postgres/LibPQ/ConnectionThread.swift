import Concurrency
import Glibc
import Synchronization

/// One operating-system thread that runs all code of one connection, so that libpq can block without blocking Swift's
/// cooperative pool.
///
/// It is the serial executor of the actor ``PostgresConnection``. The thread starts with the first job and ends after
/// ``stop()``. A later job, of a caller that has kept a closed connection, gets a thread of its own.
///
// Safety: everything mutable is in `state` and `owner`; `Semaphore` is safe to share.
final class ConnectionThread: SerialExecutor {
    private enum Job {
        case actor(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct State {
        var jobs: [Job] = []
        var isRunning = false
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wakeUp = Semaphore()
    /// The running thread's `pthread_t`, 0 without one.
    private let owner = Atomic<UInt>(0)

    func enqueue(_ job: consuming ExecutorJob) {
        add(.actor(UnownedJob(job)))
    }

    /// Runs a closure on the thread, after the earlier jobs.
    func run(_ closure: @escaping @Sendable () -> Void) {
        add(.closure(closure))
    }

    /// Lets the thread end after its last job.
    func stop() {
        state.withLock { $0.isStopping = true }
        wakeUp.signal()
    }

    func isIsolatingCurrentContext() -> Bool? {
        owner.load(ordering: .relaxed) == pthread_self()
    }

    func checkIsolated() {
        precondition(owner.load(ordering: .relaxed) == pthread_self(), "not on the connection's own thread")
    }

    private func add(_ job: Job) {
        let (mustStart, mustWake) = state.withLock { state in
            state.jobs.append(job)
            guard state.isRunning else {
                state.isRunning = true
                return (true, false)
            }
            return (false, state.jobs.count == 1)
        }
        if mustStart {
            startThread { self.work() }
        } else if mustWake {
            wakeUp.signal()
        }
    }

    private func work() {
        owner.store(pthread_self(), ordering: .relaxed)
        while let jobs = nextJobs() {
            for job in jobs {
                switch job {
                case .actor(let job): job.runSynchronously(on: asUnownedSerialExecutor())
                case .closure(let closure): closure()
                }
            }
        }
    }

    /// Waits for work; nil if the thread must end.
    private func nextJobs() -> [Job]? {
        while true {
            let (jobs, ends) = state.withLock { state -> ([Job], Bool) in
                if state.jobs.isEmpty, state.isStopping {
                    state.isRunning = false
                    // Under the lock, because the next thread may set it at once.
                    owner.store(0, ordering: .relaxed)
                    return ([], true)
                }
                let jobs = state.jobs
                state.jobs = []
                return (jobs, false)
            }
            if ends { return nil }
            if !jobs.isEmpty { return jobs }
            wakeUp.wait()
        }
    }
}

/// Starts a thread of this module, which needs little stack.
func startThread(_ body: @escaping @Sendable () -> Void) {
    // Temporarily out of threads: retry, because a caller would otherwise wait for this thread forever.
    while !startThread(stackSize: 2 << 20, body) { usleep(10_000) }
}
