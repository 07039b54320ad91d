package import Observability
package import Postgres

/// Follows changes of credentials and roles.
///
/// Sends beats through the database: a beat that returns shows that the database reports changes.
package struct CredentialChanges: Sendable {
    let directory: CredentialDirectory
    let client: PostgresClient
    let logger: Logger

    /// The time between two beats.
    private static let interval = Duration.seconds(5)

    package init(directory: CredentialDirectory, client: PostgresClient, logger: Logger) {
        self.directory = directory
        self.client = client
        self.logger = logger
    }

    /// Runs until it is cancelled.
    package func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await follow() }
            group.addTask { try await sendBeats() }
            try await group.next()
            group.cancelAll()
        }
    }

    private func follow() async throws {
        let follower = ChangeFollower("Lost the changes of credentials", logger) { [client] in
            try AccessChange.changes(in: client)
        }
        try await follower.run({ directory.apply($0) }, whenInterrupted: directory.endListening)
    }

    private func sendBeats() async throws {
        while true {
            // Needs no log: without beats, the directory asks the database, and the client logs failed connections.
            try? await AccessChange.sendBeat(in: client)
            try await Task.sleep(for: Self.interval)
        }
    }
}
