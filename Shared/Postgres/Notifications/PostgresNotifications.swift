/// An event of a listener.
package enum PostgresNotification: Sendable, Hashable {
    /// Listening has begun: earlier notifications were missed, so read the state now.
    case connected
    /// Notifications may have been missed, because the connection was lost or the reader was too slow: read the state
    /// again.
    case reconnected
    /// A NOTIFY.
    case notification(channel: String, payload: String)
}

/// The notifications of some channels, as long as this value or its iterator lives.
///
/// It has a connection outside the pool, and restores it with growing pauses. Equal waiting notifications are merged,
/// and their number is limited; beyond the limit, one ``PostgresNotification/reconnected`` replaces them. Iterate once
/// at a time.
package struct PostgresNotifications: AsyncSequence, Sendable {
    private let subscription: Subscription

    init(_ listener: NotificationListener) {
        subscription = Subscription(listener)
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(subscription: subscription)
    }

    /// Iterates over the notifications; ends when the task is cancelled or the client is closed.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let subscription: Subscription

        package mutating func next() async -> PostgresNotification? {
            await subscription.listener.buffer.next()
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> PostgresNotification? {
            await subscription.listener.buffer.next()
        }
    }

    /// Stops the listener with the last reference to it.
    fileprivate final class Subscription: Sendable {
        let listener: NotificationListener

        init(_ listener: NotificationListener) {
            self.listener = listener
        }

        deinit {
            listener.stop()
        }
    }
}
