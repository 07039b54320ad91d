import Foundation
import TestSupport

/// Tests the delivery promise against faults; see `scripts/faults`.
@main
enum Faults {
    static func main() async {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            if options.isList {
                for faultCase in Catalogue.all { print("\(faultCase.name)\t\(faultCase.fault)") }
                return
            }
            print("seed \(options.seed)")
            fflush(nil)
            let report = try await report(options)
            print(report.table)
            print("written to \(try report.write())")
            exit(report.hasPassed ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("faults: \(error)\n".utf8))
            exit(64)
        }
    }

    /// Runs the cases, those of different queues concurrently, because each case mostly waits.
    ///
    /// Cases that measure run last, one at a time.
    private static func report(_ options: Options) async throws -> Report {
        let progress = Progress()
        var results = try await withThrowingTaskGroup(of: [CaseResult].self) { group in
            for queue in options.queues {
                let cases = options.cases(with: queue).filter { !$0.isAlone }
                group.addTask { try await Self.results(of: cases, with: queue, options, progress) }
            }
            var results: [CaseResult] = []
            for try await more in group { results += more }
            return results
        }
        for queue in options.queues {
            let cases = options.cases(with: queue).filter(\.isAlone)
            results += try await Self.results(of: cases, with: queue, options, progress)
        }
        let order = Dictionary(uniqueKeysWithValues: Catalogue.all.enumerated().map { ($1.name, $0) })
        return Report(
            seed: options.seed,
            results: results.sorted {
                (order[$0.name] ?? 0, $0.broker) < (order[$1.name] ?? 0, $1.broker)
            }
        )
    }

    /// Runs cases one after another on a separate queue.
    private static func results(
        of cases: [FaultCase],
        with queue: Queue,
        _ options: Options,
        _ progress: Progress
    ) async throws -> [CaseResult] {
        guard !cases.isEmpty else { return [] }
        return try await Suite.Ground.with(queue, brokers: options.brokers ?? (options.isLong ? 3 : 1)) { ground in
            let runner = Runner(ground: ground, seed: options.seed, isBrief: options.isBrief, progress: progress)
            var results: [CaseResult] = []
            for faultCase in cases {
                let result = await runner.result(of: faultCase)
                progress.note("\(result.outcome)  \(result.name) on \(result.broker)")
                results.append(result)
            }
            return results
        }
    }
}
