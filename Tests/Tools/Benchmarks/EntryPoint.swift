import Foundation

/// Runs one benchmark by name; see `scripts/bench`.
@main
enum Benchmarks {
    private static var all: [any Benchmark.Type] {
        [
            HTTPBenchmark.self, ImportBenchmark.self, IngestBenchmark.self, MeetingsBenchmark.self,
            ProximityBenchmark.self, QueueBenchmark.self, QuotaBenchmark.self, ScaleOutBenchmark.self,
            VisitsBenchmark.self,
        ]
    }

    static func main() async {
        var names = Array(CommandLine.arguments.dropFirst())
        let isQuick = names.contains("--quick")
        names.removeAll { $0 == "--quick" }
        guard names.count == 1, let benchmark = all.first(where: { $0.name == names[0] }) else {
            let list = all.map { "  \($0.name)\t\($0.summary)" }.joined(separator: "\n")
            fail("usage: scripts/bench NAME [--quick]\n\(list)", code: 64)
        }
        do {
            let report = BenchmarkReport(name: benchmark.name, rows: try await benchmark.run(isQuick: isQuick))
            print(report.table)
            print("written to \(try report.write())")
        } catch {
            fail("bench: \(error)", code: 1)
        }
    }

    private static func fail(_ text: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data((text + "\n").utf8))
        exit(code)
    }
}
