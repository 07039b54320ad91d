/// A browser of a person that gets push messages.
package struct PushSubscription: Hashable, Sendable {
    package let id: String
    /// The origin of its push service, such as `https://push.example.org`.
    package let origin: String
    package let createdAt: Timestamp

    package init(id: String, origin: String, createdAt: Timestamp) {
        (self.id, self.origin, self.createdAt) = (id, origin, createdAt)
    }
}
