import Observability
import TestSupport

extension MetricsRegistry {
    /// The value of a series without labels, as `/metrics` tells it; `nil` if there is none.
    func value(of name: String) -> Double? {
        String(decoding: prometheusText(), as: UTF8.self)
            .split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }
            .flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// Waits until a series without labels has a value that will do.
    ///
    /// - Throws: ``ConditionNeverHeld`` after a minute, with the value that it has then.
    func waitUntil(_ name: String, _ isWanted: (Double) -> Bool) async throws {
        try await eventually("\(name) is \(value(of: name).map { "\($0)" } ?? "missing")") {
            value(of: name).map(isWanted) ?? false
        }
    }
}
