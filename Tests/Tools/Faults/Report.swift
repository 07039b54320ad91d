import Foundation
import JSON

/// The results of a run, as a table and as JSON.
struct Report {
    let seed: UInt64
    let results: [CaseResult]

    /// Whether every case that could run has passed.
    var hasPassed: Bool { results.allSatisfy { $0.hasPassed || $0.obstacle != nil } }

    /// The cases in columns, each followed by the reasons for its failure.
    var table: String {
        let header = ["case", "broker", "acknowledged", "lost", "doubled", "recovery", "memory", "time", "outcome"]
        let cells = results.map { result in
            let isTried = result.obstacle == nil
            return [
                result.name, result.broker, isTried ? String(result.verdict.acknowledged) : "",
                isTried ? String(result.verdict.lost) : "", isTried ? String(result.verdict.doubled) : "",
                result.recovery.map { String(format: "%.1f s", $0) } ?? "",
                isTried ? "\(result.memory.values.max() ?? 0) MiB" : "", String(format: "%.0f s", result.duration),
                result.outcome,
            ]
        }
        let widths = header.indices.map { column in ([header] + cells).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return (2...7).contains(column) ? space + cell : cell + space
            }.joined(separator: "  ")
        }
        var lines = [line(header)]
        for (result, cells) in zip(results, cells) {
            lines.append("\(line(cells))  \(result.fault)\(result.done.isEmpty ? "" : " (\(result.done))")")
            lines += (result.obstacle.map { [$0] } ?? result.complaints).map { "      \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    /// The seed and the cases; the members equal the columns of the table.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("seed", seed)
            writer.array("cases", of: results) { $1.write(to: &$0) }
        }
        writer.endLine()
        return writer.takeBytes()
    }

    /// Writes `.build/faults/last.json`.
    ///
    /// Returns its path.
    func write() throws -> String {
        let path = ".build/faults/last.json"
        try Data(json).write(to: URL(filePath: path))
        return path
    }
}

extension CaseResult {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("case", name)
            writer.member("fault", fault)
            writer.member("done", done)
            writer.member("broker", broker)
            writer.member("acknowledged", verdict.acknowledged)
            writer.member("lost", verdict.lost)
            writer.member("doubled", verdict.doubled)
            writer.member("buried", verdict.buried)
            writer.key("recovery_seconds")
            if let recovery { writer.value((recovery * 10).rounded() / 10) } else { writer.null() }
            writer.object("memory_mib") { writer in
                for (service, peak) in memory.sorted(by: { $0.key < $1.key }) { writer.member(service, peak) }
            }
            writer.member("seconds", (duration * 10).rounded() / 10)
            writer.member("tried", obstacle == nil)
            writer.member("passed", hasPassed)
            writer.array("complaints", of: obstacle.map({ [$0] }) ?? complaints) { $0.value($1) }
        }
    }
}
