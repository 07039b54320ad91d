import Glibc
import Testing

@testable import Observability

@Suite struct ProcessMetricsTests {
    private let registry = MetricsRegistry()

    init() {
        registry.registerProcessMetrics()
    }

    @Test func memoryAndThreadsArePlausible() throws {
        let resident = try sample("process_resident_memory_bytes")
        #expect((1_000_000...100_000_000_000).contains(resident))
        #expect(try sample("process_virtual_memory_bytes") >= resident)
        #expect(try sample("process_threads") >= 1)
    }

    @Test func cpuTimeGrowsWithWork() throws {
        let before = try sample("process_cpu_seconds_total")
        let work = (0..<100_000).reduce(0.0) { sum, _ in sum + Double.random(in: 0..<1) }
        #expect(work > 0)
        #expect(try sample("process_cpu_seconds_total") > before)
    }

    @Test func countsOpenFiles() throws {
        // Other tests open and close files at the same time, so this test opens many.
        let before = try sample("process_open_fds")
        let files = (0..<200).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
        defer {
            for file in files { close(file) }
        }
        #expect(try sample("process_open_fds") > before + 100)
        #expect(try sample("process_max_fds") >= sample("process_open_fds"))
    }

    @Test func startedBeforeNow() throws {
        let start = try sample("process_start_time_seconds")
        let now = Double(LogTime.now()) / 1e6
        #expect((now - 86_400...now + 2).contains(start))
    }

    private func sample(_ name: String) throws -> Double {
        let text = String(decoding: registry.prometheusText(), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
        return try #require(Double(line.dropFirst(name.count + 1)))
    }
}
