import Geospatial
import Models
import Venue

/// Checks an area of a file.
enum AreaCheck {
    /// The maximum number of corners of an area: GEOS needs a third of a second for rings that cross everywhere and have that
    /// many, and a time that is quadratic in their number.
    static let maximumCorners = 20_000

    /// The number of corners of an area.
    static func corners(of area: ZoneArea) -> Int {
        area.polygons.joined().reduce(0) { $0 + $1.count }
    }

    /// Adds the problem of an area that is not valid, with its place.
    static func check(_ area: ZoneArea, at pointer: String, _ errors: inout ContentErrors) {
        errors.add(pointer, problem(of: area).map { "Expected a valid polygon: \($0)." })
    }

    /// GEOS's reason and the place, or `nil` if the area is valid.
    static func problem(of area: ZoneArea) -> String? {
        do throws(ZoneAreaError) {
            guard !area.polygons.isEmpty else { return "The area has no polygon" }
            guard corners(of: area) <= maximumCorners else { return "The area has more than \(maximumCorners) corners" }
            try area.validate()
            return nil
        } catch {
            guard let place = error.place else { return error.reason }
            return "\(error.reason) at longitude \(place.longitude), latitude \(place.latitude)"
        }
    }
}
