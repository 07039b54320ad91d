/// What a listener hears.
package enum PostgresNotification: Sendable, Hashable {
    /// The server has begun to listen for us: what was sent before was not heard, so read the state now.
    case connected
    /// Notifications may have been missed, because the connection was lost or the listener was too slow: read the
    /// state again.
    case reconnected
    /// A NOTIFY, as it was sent.
    case notification(channel: String, payload: String)
}

/// The notifications of some channels, as long as somebody holds this value or iterates over it.
///
/// It has a connection of its own, beside the pool's, and restores it with growing pauses. Notifications that wait to
/// be read are merged when they are equal and bounded in number; beyond the bound they give way to one
/// ``PostgresNotification/reconnected``. Iterate once at a time.
package struct PostgresNotifications: AsyncSequence, Sendable {
    private let subscription: Subscription

    init(_ listener: NotificationListener) {
        subscription = Subscription(listener)
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(subscription: subscription)
    }

    /// Waits for one notification after the other; ends when the task is cancelled or the client is closed.
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
