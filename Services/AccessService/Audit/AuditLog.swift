import Concurrency
import Models
import Observability
import Persistence
import Synchronization

/// Stores what the audit must know.
protocol AuditSink: Sendable {
    func append(_ record: AuditRecord) async throws
}

extension AuditStore: AuditSink {}

/// Writes this process's chain of the audit.
///
/// A failure begins a new chain, since it is not known whether its record is stored.
final class AuditLog: Sendable {
    /// How many entries may wait to be stored.
    static let capacity = 1_000
    /// How many callers may wait until their entries are stored.
    private static let longestQueue = 256
    /// How many denials are noted a minute.
    private static let denialsPerMinute = 60

    /// The audit cannot take an entry, so that what it was about must not happen.
    struct Unavailable: Error {}

    /// A chain up to its last record.
    struct Chain: Equatable {
        /// The name of the chain.
        fileprivate(set) var writer = RandomText.make(characters: 16)
        /// The number of the last record; 0 without records.
        fileprivate(set) var number: Int64 = 0
        /// The digest of the last record.
        fileprivate(set) var last = AuditStore.origin
    }

    private struct State {
        var chain = Chain()
        /// Whether the end of the chain is signed.
        var isSigned = true
        /// The ends of earlier chains that are not signed.
        var ended: [Chain] = []
        var waiting: [AuditEntry] = []
        var denialMinute: Int64 = 0
        var denials = 0
    }

    private let sink: any AuditSink
    private let logger: Logger
    private let turn = AsyncSemaphore(width: 1, longestQueue: longestQueue, refusal: Unavailable())
    private let state = Mutex(State())
    private let dropped: Counter

    init(sink: any AuditSink, logger: Logger, metrics: MetricsRegistry) {
        self.sink = sink
        self.logger = logger
        dropped = metrics.counter(
            "access_audit_dropped_total",
            "Entries of the audit that were lost while it was away."
        )
    }

    /// Stores an entry; returns when it is stored.
    ///
    /// - Throws: ``Unavailable`` if it is not.
    func record(_ entry: AuditEntry) async throws {
        try await turn.pass {
            let chain = state.withLock { $0.chain }
            let record = AuditRecord(entry, writer: chain.writer, number: chain.number + 1, after: chain.last)
            do {
                try await sink.append(record)
            } catch {
                state.withLock { state in
                    if !state.isSigned, state.ended.count < Self.capacity { state.ended.append(state.chain) }
                    (state.chain, state.isSigned) = (Chain(), true)
                }
                logger.warning("Could not store an entry of the audit", error: error)
                throw Unavailable()
            }
            state.withLock { state in
                state.chain = Chain(writer: record.writer, number: record.number, last: record.digest)
                state.isSigned = false
            }
        }
    }

    /// The ends of chains that are not signed.
    var unsignedEnds: [Chain] {
        state.withLock { $0.ended + ($0.isSigned ? [] : [$0.chain]) }
    }

    /// Notes that the end of a chain is signed.
    func noteSigned(_ end: Chain) {
        state.withLock { state in
            if state.chain == end { state.isSigned = true }
            state.ended.removeAll { $0 == end }
        }
    }

    /// Stores an entry within seconds; it may be lost if the process ends or the audit is away for long.
    func note(_ entry: AuditEntry) {
        let isKept = state.withLock { state in
            guard state.waiting.count < Self.capacity else { return false }
            state.waiting.append(entry)
            return true
        }
        if !isKept { dropped.increment() }
    }

    /// Notes a denial, unless there were many in this minute.
    func noteDenial(_ entry: AuditEntry) {
        let minute = entry.time.microseconds / 60_000_000
        let isSampled = state.withLock { state in
            if state.denialMinute != minute { (state.denialMinute, state.denials) = (minute, 0) }
            state.denials += 1
            return state.denials <= Self.denialsPerMinute
        }
        if isSampled { note(entry) }
    }

    /// Stores the noted entries every second until it is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: .seconds(1))
            await flush()
        }
    }

    /// Stores the noted entries; those that cannot be stored wait on.
    func flush() async {
        while let entry = state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) {
            do {
                try await record(entry)
            } catch {
                return state.withLock { $0.waiting.insert(entry, at: 0) }
            }
        }
    }
}
