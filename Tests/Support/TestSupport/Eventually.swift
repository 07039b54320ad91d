/// Polls until `condition` holds.
///
/// For conditions without an event, such as the server's list of activities.
///
/// - Parameters:
///   - what: a description of the condition, for the error.
///   - limit: the maximum time, which is generous because machines are busy.
///   - condition: called every few milliseconds.
/// - Throws: an error of `condition`, or ``ConditionNeverHeld`` after the maximum time.
package func eventually(
    _ what: @autoclosure () -> String = "the condition",
    within limit: Duration = .seconds(180),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard .now < deadline else { throw ConditionNeverHeld(description: "It never held: \(what())") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A condition did not hold within its time.
package struct ConditionNeverHeld: Error, CustomStringConvertible {
    /// The condition.
    package let description: String
}
