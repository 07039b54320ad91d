import Foundation
import Synchronization

/// Shows the progress on a terminal, on a line that changes.
///
/// Prints nothing elsewhere.
final class Progress: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let lines = Mutex<[String: String]>([:])
    private let began = ContinuousClock.now

    /// Shows the progress of a case.
    func show(_ name: String, _ queue: Queue, acknowledged: Int) {
        guard isTerminal else { return }
        let text = lines.withLock { lines in
            lines[queue.rawValue] = "\(name) on \(queue.rawValue): \(acknowledged) acknowledged"
            return lines.sorted { $0.key < $1.key }.map(\.value).joined(separator: "   ")
        }
        write("\r\u{1B}[K\(Int((ContinuousClock.now - began).seconds)) s   \(text)")
    }

    /// Prints a permanent line.
    func note(_ line: String) {
        if isTerminal { write("\r\u{1B}[K") }
        print(line)
        fflush(nil)
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

extension Duration {
    /// The duration in seconds with fraction.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
