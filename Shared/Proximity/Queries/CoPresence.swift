package import Models

/// Two locations of two persons that lie close together in place and in time.
package struct CoPresence: Hashable, Sendable {
    /// Where the person was that is asked about; of all pairs, the person with the lower number.
    package let own: Location
    /// Where the other one was.
    package let other: Location
    /// How far apart they lie, in metres: the same both ways round, less than a millimetre from the geodesic.
    package let distance: Double

    /// Joins two locations.
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
