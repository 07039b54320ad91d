package import Observability
internal import Postgres

/// A change of rows in the database.
package enum Change<Key: Hashable & Sendable>: Hashable, Sendable {
    /// The row of a key was added, changed or removed.
    case changed(Key)
    /// Any row may have changed, because the database was not listened to.
    case missed
}

/// Changes that the database reports, as soon as they are committed.
///
/// The first element is ``Change/missed``, once the database listens, and so is the first one after a lost connection.
/// Iteration waits for an absent database. It ends when the task is cancelled or the client is closed.
package struct ChangeFeed<Key: Hashable & Sendable>: AsyncSequence, Sendable {
    private let notifications: PostgresNotifications
    private let key: @Sendable (String) -> Key?

    /// Listens to a channel.
    ///
    /// - Parameters:
    ///   - channel: the channel of NOTIFY.
    ///   - client: the database.
    ///   - key: reads the key of a notification; `nil` if the text is not a key, which counts as ``Change/missed``.
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    init(of channel: String, in client: PostgresClient, key: @escaping @Sendable (String) -> Key?) throws {
        notifications = try client.listen(to: [channel])
        self.key = key
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(notifications: notifications.makeAsyncIterator(), key: key)
    }

    /// Returns one change after the other.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var notifications: PostgresNotifications.Iterator
        fileprivate let key: @Sendable (String) -> Key?

        package mutating func next() async -> Change<Key>? {
            guard let notification = await notifications.next() else { return nil }
            switch notification {
            case .connected, .reconnected: return .missed
            case .notification(_, let payload): return key(payload).map { .changed($0) } ?? .missed
            }
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> Change<Key>? {
            await next()
        }
    }
}

/// Follows a feed as long as the process runs.
package struct ChangeFollower<Key: Hashable & Sendable>: Sendable {
    private let listen: @Sendable () throws -> ChangeFeed<Key>
    private let logger: Logger
    private let warning: StaticString

    /// Nothing is connected before ``run(_:whenInterrupted:)``.
    ///
    /// - Parameters:
    ///   - warning: the log message of an interruption.
    ///   - logger: its logger.
    ///   - listen: opens the feed.
    package init(_ warning: StaticString, _ logger: Logger, listen: @escaping @Sendable () throws -> ChangeFeed<Key>) {
        self.warning = warning
        self.logger = logger
        self.listen = listen
    }

    /// Follows until the task is cancelled, and opens the feed again a second after an interruption.
    ///
    /// - Parameters:
    ///   - apply: receives each change; what it throws interrupts the feed.
    ///   - whenInterrupted: called when changes are no longer reported.
    /// - Throws: `CancellationError`.
    package func run(_ apply: (Change<Key>) async throws -> Void, whenInterrupted: () -> Void = {}) async throws {
        while true {
            do {
                for await change in try listen() { try await apply(change) }
                try Task.checkCancellation()
            } catch let error where !(error is CancellationError) {
                logger.warning(warning, error: error)
            }
            whenInterrupted()
            try await Task.sleep(for: .seconds(1))
        }
    }
}
