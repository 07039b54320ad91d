package import Models

/// Two locations of two persons that are close in space and time.
package struct CoPresence: Hashable, Sendable {
    /// The location of the person in question; in a list of all pairs, of the person with the lower number.
    package let own: Location
    /// The other person's location.
    package let other: Location
    /// The distance in metres: symmetric, with an error below a millimetre.
    package let distance: Double

    /// Creates a pair.
    package init(own: Location, other: Location, distance: Double) {
        self.own = own
        self.other = other
        self.distance = distance
    }

    /// The time of the earlier location.
    package var start: Timestamp {
        min(own.report.creationTime, other.report.creationTime)
    }

    /// The time of the later location.
    package var end: Timestamp {
        max(own.report.creationTime, other.report.creationTime)
    }
}
