import Synchronization

@testable import ServiceRuntime

/// Records events in order, and log lines.
final class Journal: Sendable {
    private let state = Mutex<(entries: [String], logs: [String])>(([], []))

    var entries: [String] { state.withLock { $0.entries } }
    var logs: [String] { state.withLock { $0.logs } }

    func add(_ entry: String) {
        state.withLock { $0.entries.append(entry) }
    }

    func addLog(_ line: [UInt8]) {
        state.withLock { $0.logs.append(String(decoding: line, as: UTF8.self)) }
    }
}

/// A one-time event that tasks can await.
final class Event: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func happen() {
        continuation.finish()
    }

    /// Returns when the event has happened, or on cancellation.
    func wait() async {
        for await _ in stream {}
    }

    func waitOrThrow() async throws {
        await wait()
        try Task.checkCancellation()
    }
}

/// A process whose signals, alarm and exit the test controls.
final class FakeProcess: Sendable {
    private struct State {
        var deliver: (@Sendable (CInt) -> Void)?
        var alarms: [(delay: Duration, ring: @Sendable () -> Void)] = []
        var exits: [CInt] = []
    }

    /// Happens when the group listens for signals.
    let listening = Event()
    private let state = Mutex(State())

    var exits: [CInt] { state.withLock { $0.exits } }
    var deadlines: [Duration] { state.withLock { $0.alarms.map(\.delay) } }

    var control: ProcessControl {
        ProcessControl(
            onSignal: { deliver in
                self.state.withLock { $0.deliver = deliver }
                self.listening.happen()
                return { self.state.withLock { $0.deliver = nil } }
            },
            after: { delay, alarm in self.state.withLock { $0.alarms.append((delay, alarm)) } },
            exit: { status in self.state.withLock { $0.exits.append(status) } }
        )
    }

    func send(_ signal: CInt) {
        state.withLock { $0.deliver }?(signal)
    }

    func ringAlarm() {
        for alarm in state.withLock({ $0.alarms }) {
            alarm.ring()
        }
    }
}
