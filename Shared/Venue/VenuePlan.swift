package import Models

/// The zones of a venue, indexed to find those that contain a place.
///
/// A tree of the zones' boxes (STR-packed) finds the candidates and a prepared polygon decides, both by GEOS: O(log zones +
/// log corners) for a place. The plan is immutable, and any number of tasks can read it, each with its own ``VenueReader``.
package final class VenuePlan: Sendable {
    /// The zones, in the order in which they were given.
    package let zones: [Zone]
    let geometry: PlanGeometry

    /// Prepares zones.
    ///
    /// - Parameter zones: the zones of one venue.
    /// - Throws: ``InvalidZone`` for the first zone whose area is not valid.
    package init(_ zones: [Zone]) throws(InvalidZone) {
        self.zones = zones
        geometry = try PlanGeometry(zones)
    }

    /// A zone whose area is not valid.
    package struct InvalidZone: Error, Hashable {
        /// The place of the zone in the list that was given.
        package let index: Int
        /// The reason.
        package let error: ZoneAreaError
    }
}
