package import Models
internal import Postgres

/// News of persons that have been erased.
package enum PersonErasure: Hashable, Sendable {
    /// A person has been erased.
    case erased(PersonID)
    /// Anybody may have been erased unheard, because the database was not listened to: ask who still exists.
    case missed
}

/// Tells who is erased, as soon as it is committed, for as long as somebody iterates.
///
/// It begins with ``PersonErasure/missed``, once the database listens; so it does after the connection was lost. An
/// absent database is waited for.
package struct PersonErasures: AsyncSequence, Sendable {
    static let channel = "person_erased"

    private let notifications: PostgresNotifications

    init(_ notifications: PostgresNotifications) {
        self.notifications = notifications
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(notifications: notifications.makeAsyncIterator())
    }

    /// Waits for one piece of news after the other; ends when the task is cancelled or the client is closed.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var notifications: PostgresNotifications.Iterator

        package mutating func next() async -> PersonErasure? {
            guard let notification = await notifications.next() else { return nil }
            switch notification {
            case .connected, .reconnected: return .missed
            case .notification(_, let payload):
                // Anybody may notify; what cannot be read makes us look ourselves.
                return Int32(payload).flatMap { PersonID(rawValue: $0) }.map { .erased($0) } ?? .missed
            }
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> PersonErasure? {
            await next()
        }
    }
}

extension PersonStore {
    /// Listens for erasures.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package func erasures() throws -> PersonErasures {
        PersonErasures(try client.listen(to: [PersonErasures.channel]))
    }
}
