/// How strictly a service looks at who asks: the setting `ACCESS`.
package enum AccessMode: String, CaseIterable, Sendable {
    /// Requests without a credential may do everything, from the networks that are named, as the first clients did.
    case open
    /// Everything is let in, and what would be refused is counted.
    case observe
    /// The permission table decides.
    case enforce
}
