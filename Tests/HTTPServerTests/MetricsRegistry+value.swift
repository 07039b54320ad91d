import Observability
import TestSupport

extension MetricsRegistry {
    /// The value of a series without labels in the text of `/metrics`; `nil` if it is missing.
    func value(of name: String) -> Double? {
        String(decoding: prometheusText(), as: UTF8.self)
            .split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }
            .flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// Waits until the value of a series without labels meets a condition.
    ///
    /// - Throws: ``ConditionNeverHeld`` after three minutes, with the last value.
    func waitUntil(_ name: String, _ isWanted: (Double) -> Bool) async throws {
        try await eventually("\(name) is \(value(of: name).map { "\($0)" } ?? "missing")") {
            value(of: name).map(isWanted) ?? false
        }
    }
}
