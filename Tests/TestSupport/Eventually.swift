/// Asks again and again until `condition` holds; for what no event tells, such as the server's list of activities.
///
/// - Throws: what `condition` throws, or ``ConditionNeverHeld`` after the time, which is generous as machines are busy.
package func eventually(
    within limit: Duration = .seconds(30),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard .now < deadline else { throw ConditionNeverHeld() }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// A condition did not come true in the time it had.
package struct ConditionNeverHeld: Error {}
