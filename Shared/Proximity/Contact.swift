package import Models

/// A location of another person near a person's own locations.
package struct Contact: Hashable, Sendable {
    /// The other person's location.
    package let location: Location
    /// The distance to the nearest own location in metres, with a relative error below 10⁻⁵.
    package let distance: Double
}
