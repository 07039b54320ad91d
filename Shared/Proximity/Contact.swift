package import Models

/// A location of somebody else near one's own.
package struct Contact: Hashable, Sendable {
    /// The other person's location.
    package let location: Location
    /// How far it is from the nearest of one's own, in metres: within a hundred-thousandth of itself.
    package let distance: Double

    /// Joins the two.
    package init(location: Location, distance: Double) {
        self.location = location
        self.distance = distance
    }
}
