import Models

/// Finds visits and attendance.
protocol VisitRepository: Sendable {
    /// The events without visits.
    var events: EventDirectory.State { get }
    /// The visits of all persons in a window of time.
    func presences(during window: TimeWindow) async throws -> EventPresences
    /// The visits of a person in a window of time; `nil` if the person does not exist.
    func presences(of person: PersonID, during window: TimeWindow) async throws -> EventPresences?
    /// Runs a computation of statistics on the threads for questions.
    func compute<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value
    /// The persons with the given ids. Unknown persons are missing from the result.
    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person]
}
