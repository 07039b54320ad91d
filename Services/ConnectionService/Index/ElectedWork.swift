import Observability

extension IndexState {
    /// Whether the index has all locations: by an older view, a process would take back what another one has found.
    var hasAllLocations: Bool { isCurrent && secondsBehind == 0 }
}

/// Work that one of all processes does at a time, in passes that use at most a fifth of a processor.
enum ElectedWork {
    /// The time between two attempts to be the process that is elected.
    private static let electionPause = Duration.seconds(2)

    /// Tries to be elected again and again, until the task is cancelled.
    ///
    /// - Parameters:
    ///   - isReady: whether this process may be elected now.
    ///   - logger: the log.
    ///   - warning: the message if the work fails; then it begins again.
    ///   - attempt: works while this process is elected; returns at once if another one is.
    /// - Throws: `CancellationError`.
    static func run(
        if isReady: @autoclosure () -> Bool,
        _ logger: Logger,
        _ warning: StaticString,
        attempt: () async throws -> Bool
    ) async throws {
        while true {
            do {
                if isReady() { _ = try await attempt() }
            } catch let error where !(error is CancellationError) {
                logger.warning(warning, error: error)
            }
            try await Task.sleep(for: electionPause)
        }
    }

    /// Pauses after a pass, four times as long as it took.
    ///
    /// - Parameters:
    ///   - began: when the pass began.
    ///   - least: the shortest pause.
    /// - Throws: `CancellationError`.
    static func rest(since began: ContinuousClock.Instant, atLeast least: Duration) async throws {
        try await Task.sleep(for: max(least, began.duration(to: .now) * 4))
    }
}
