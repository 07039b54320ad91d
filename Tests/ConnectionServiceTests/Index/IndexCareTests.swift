import Models
import Proximity
import ServiceRuntime
import Synchronization
import Testing

@testable import ConnectionService

@Suite struct IndexCareTests {
    @Test func windowsAreWholeDays() throws {
        var reader = EnvironmentReader(["INDEX_WINDOW": "36h", "INDEX_MAX_POINTS": "1000"])
        let settings = IndexSettings(&reader, MemoryShares(MemoryBound(bytes: 512 << 20)))
        try reader.finish()
        #expect(settings.maximumCount == 1_000)
        // At noon a day and a half ago was midnight; a moment before noon it was the day before.
        let noon = june.microseconds + 43_200_000_000
        #expect(settings.firstDay(at: Timestamp(microseconds: noon))?.description == "2026-05-31")
        #expect(settings.firstDay(at: Timestamp(microseconds: noon - 1))?.description == "2026-05-30")
        #expect(IndexSettings().firstDay(at: june) == nil)
    }

    @Test(arguments: ["0d", "23h", "1 d", "36501d", "-1d", "x"])
    func rejectsInvalidWindows(text: String) {
        var reader = EnvironmentReader(["INDEX_WINDOW": text])
        _ = IndexSettings(&reader, MemoryShares(MemoryBound(bytes: 512 << 20)))
        #expect(throws: ConfigurationError.self) { () throws -> Void in try reader.finish() }
    }

    @Test func dropsOldDaysAndMergesTheRest() async throws {
        let index = LiveIndex()
        let first = june.day
        index.replace(with: GridIndex(from: first))
        // An hour between two: four days.
        for offset in 0..<96 as Range<Int64> {
            index.append([Location(id: try id(offset), report: try report(Int(offset) * 3_600))])
        }
        var settings = IndexSettings()
        settings.window = .seconds(2 * 86_400)
        let clock = Clock()
        let care = IndexCare(index: index, settings: settings, compute: ComputeThreads(), now: { clock.now })
        while try await care.step() {}
        #expect(index.current.count == 96)
        #expect(index.current.segmentCount == 4)
        clock.advance(days: 3)
        while try await care.step() {}
        #expect(index.current.count == 72)
        #expect(index.current.firstDay == CalendarDate(daysSince1970: first.daysSince1970 + 1))
        // Dropped days stay dropped.
        index.append([Location(id: try id(200), report: try report(10))])
        #expect(index.current.count == 72)
    }

    /// A clock that a test sets; it begins with June 2026.
    private final class Clock: Sendable {
        private let time = Mutex(june)

        var now: Timestamp { time.withLock { $0 } }

        func advance(days: Int64) {
            time.withLock { $0 = Timestamp(microseconds: $0.microseconds + days * 86_400_000_000) }
        }
    }
}
