import Foundation
import JSON

/// Prints the results as a table, and writes them as JSON for comparisons.
struct BenchmarkReport {
    let name: String
    let rows: [BenchmarkRow]

    /// The rows in columns.
    var table: String {
        let header = ["work", "ours", "peer", "unit", "ratio", "goal", "met", "note"]
        let cells = rows.map { row in
            [
                row.work, BenchmarkReport.figure(row.ours), BenchmarkReport.figure(row.peer), row.unit,
                BenchmarkReport.fixed(row.ratio), row.goal > 0 ? BenchmarkReport.fixed(row.goal) : "",
                row.goal > 0 ? row.isMet ? "yes" : "NO" : "", row.note,
            ]
        }
        let widths = header.indices.map { column in
            ([header] + cells).map { $0[column].count }.max() ?? 0
        }
        return ([header] + cells).map { line in
            let padded = zip(line, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return [1, 2, 4, 5].contains(column) ? space + cell.0 : cell.0 + space
            }
            return padded.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// An array of objects whose members equal the columns of the table.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.array(of: rows) { writer, row in
            writer.object { writer in
                writer.member("work", row.work)
                writer.member("ours", row.ours)
                writer.member("peer", row.peer)
                writer.member("unit", row.unit)
                writer.member("better", row.better == .more ? "more" : "less")
                writer.member("ratio", row.ratio)
                writer.member("goal", row.goal)
                writer.member("met", row.isMet)
                if !row.note.isEmpty { writer.member("note", row.note) }
            }
        }
        writer.endLine()
        return writer.takeBytes()
    }

    /// Writes `.build/bench/NAME.json`.
    ///
    /// - Throws: if the file cannot be written.
    /// - Throws: if it cannot be written.
    func write() throws -> String {
        let folder = ".build/bench"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/\(name).json"
        try Data(json).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A figure with about four digits; large ones have digit groups.
    private static func figure(_ value: Double) -> String {
        guard value >= 1000 else { return fixed(value) }
        var digits = String(Int(value.rounded()))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: " ")
    }

    private static func fixed(_ value: Double) -> String {
        String(format: "%.2f", value)
    }
}
