import Geospatial
import LocationProtocol
import LocationQueue
import Models
import Observability
import Proximity
import Testing

@testable import ConnectionService

/// 2026-06-01T00:00:00Z.
let june = Timestamp(microseconds: 1_780_272_000_000_000)

/// All times.
let always = TimeWindow(Timestamp.supported.lowerBound, Timestamp.supported.upperBound)

extension TimeWindow {
    init(_ start: Timestamp, _ end: Timestamp) {
        self = TimeWindow(start: start, end: end) ?? TimeWindow(day: 0)
    }

    /// A day after 2026-06-01.
    init(day: Int64) {
        let first = CalendarDate(daysSince1970: june.day.daysSince1970 + day)
        self = TimeWindow(from: first, through: first) ?? always
    }
}

func person(_ number: Int32) throws -> PersonID {
    try #require(PersonID(rawValue: number))
}

/// The number of a position in partition 0.
func id(_ offset: Int64) throws -> LocationID {
    try #require(LocationID(partition: 0, offset: offset))
}

func ids(_ offsets: Range<Int64>) throws -> [LocationID] {
    try offsets.map { try id($0) }
}

/// A report of a person at a second of June 2026.
func report(_ second: Int, person number: Int32 = 1) throws -> LocationReport {
    LocationReport(
        personID: try person(number),
        coordinate: try Coordinate(
            latitude: DegreesE7(rawValue: 480_000_000),
            longitude: DegreesE7(rawValue: 20_000_000 + Int32(second % 1_000))
        ),
        creationTime: Timestamp(microseconds: june.microseconds + Int64(second) * 1_000_000)
    )
}

/// A queue with locations of persons 1 and 2, and a database that has stored the first ones.
func scene(stored: Int, queued: Int) throws -> (ScriptedArchive, ScriptedQueue) {
    let queue = ScriptedQueue()
    var content = ScriptedArchive.Content(persons: [try person(1), try person(2)], offsets: [0: Int64(stored)])
    for index in 0..<max(stored, queued) {
        let report = try report(index, person: Int32(index % 2 + 1))
        if index < stored { content.rows.append(Location(id: try id(Int64(index)), report: report)) }
        if index < queued { try queue.append(report) }
    }
    return (ScriptedArchive(content), queue)
}

extension ScriptedArchive {
    /// Stores all messages of a queue's partition 0.
    func storeAll(of queue: ScriptedQueue) throws {
        let rows = try (queue.content.messages[0] ?? []).map { message in
            Location(id: try id(message.offset), report: try message.decoded().message.report)
        }
        change { content in
            content.rows = rows
            content.offsets[0] = Int64(rows.count)
        }
    }
}

extension GridIndex {
    /// The content of the index.
    var locations: [Location] {
        persons().flatMap { trail(of: $0, in: always) }
    }
}

extension IndexState {
    /// The numbers of the locations in the index, in order.
    var ids: [LocationID] { index.current.locations.map(\.id).sorted() }
}

/// Runs an indexing with short pauses, and ends it after `body`.
func withIndexing(
    _ archive: any LocationArchive,
    _ queue: any LocationQueueLog,
    _ settings: IndexSettings = IndexSettings(),
    kept: @escaping @Sendable ([Location]) -> [Location] = { $0 },
    _ body: (IndexState, MetricsRegistry) async throws -> Void
) async throws {
    let metrics = MetricsRegistry()
    let compute = ComputeThreads()
    let state = IndexState(settings, compute, metrics)
    let indexing = LocationIndexing(
        state: state,
        archive: archive,
        queue: queue,
        settings: settings,
        compute: compute,
        logger: Logger(service: "tests", level: .error),
        kept: kept,
        pause: { try await Task.sleep(for: min($0, .milliseconds(20))) }
    )
    try await withThrowingTaskGroup { group in
        group.addTask { try await indexing.run() }
        group.addTask { try await state.presence.run() }
        defer { group.cancelAll() }
        try await body(state, metrics)
    }
}

extension MetricsRegistry {
    /// The value of a series without labels; `nil` if there is none.
    func value(_ name: String) -> Double? {
        String(decoding: prometheusText(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }
            .flatMap { Double($0.dropFirst(name.utf8.count + 1)) }
    }
}
