/// Asks again and again until `condition` holds; for what no event tells, such as the server's list of activities.
///
/// - Parameters:
///   - what: what is waited for, for the error.
///   - limit: how long, which is generous as machines are busy.
///   - condition: asked every few milliseconds.
/// - Throws: what `condition` throws, or ``ConditionNeverHeld`` after the time.
package func eventually(
    _ what: @autoclosure () -> String = "the condition",
    within limit: Duration = .seconds(60),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard .now < deadline else { throw ConditionNeverHeld(description: "It never held: \(what())") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A condition did not come true in the time it had.
package struct ConditionNeverHeld: Error, CustomStringConvertible {
    /// What was waited for.
    package let description: String
}
