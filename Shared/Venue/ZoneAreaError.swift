package import Geospatial

/// The reason why a zone's area cannot be used.
package struct ZoneAreaError: Error, Hashable {
    /// The reason in GEOS's words, such as "Self-intersection".
    package let reason: String
    /// The coordinate where the area is wrong, if GEOS names one.
    package let place: Coordinate?
}
