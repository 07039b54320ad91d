internal import CGEOS
internal import Geospatial
internal import Models

/// A polygon or several in GEOS, in steps of 10⁻⁷ degrees: x is the longitude, y the latitude.
///
/// Containment does not depend on the scale of the axes, so no projection is needed.
final class AreaGeometry {
    let context: GEOSContext
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer, _ context: GEOSContext) {
        (self.pointer, self.context) = (pointer, context)
    }

    deinit { GEOSGeom_destroy_r(context.handle, pointer) }

    /// Builds the geometry of an area.
    ///
    /// - Throws: ``ZoneAreaError`` if a ring is not closed or has fewer than four coordinates.
    convenience init(_ area: ZoneArea, _ context: GEOSContext) throws(ZoneAreaError) {
        var polygons: [OpaquePointer?] = []
        do throws(ZoneAreaError) {
            for polygon in area.polygons { polygons.append(try Self.polygon(polygon, context)) }
        } catch {
            for polygon in polygons { GEOSGeom_destroy_r(context.handle, polygon) }
            throw error
        }
        let type = Int32(GEOS_MULTIPOLYGON.rawValue)
        // GEOS takes the polygons over, also when it fails.
        guard let pointer = GEOSGeom_createCollection_r(context.handle, type, &polygons, UInt32(polygons.count)) else {
            throw ZoneAreaError(reason: context.errorText, place: nil)
        }
        self.init(pointer, context)
    }

    private static func polygon(
        _ rings: ZoneArea.Polygon,
        _ context: GEOSContext
    ) throws(ZoneAreaError) -> OpaquePointer {
        var shells: [OpaquePointer?] = []
        do throws(ZoneAreaError) {
            for ring in rings { shells.append(try self.ring(ring, context)) }
            guard let outer = shells.first, let outer else {
                throw ZoneAreaError(reason: "The polygon has no outer ring", place: nil)
            }
            var holes = Array(shells.dropFirst())
            shells = []
            // GEOS takes the rings over, also when it fails.
            guard let polygon = GEOSGeom_createPolygon_r(context.handle, outer, &holes, UInt32(holes.count)) else {
                throw ZoneAreaError(reason: context.errorText, place: nil)
            }
            return polygon
        } catch {
            for shell in shells { GEOSGeom_destroy_r(context.handle, shell) }
            throw error
        }
    }

    private static func ring(
        _ coordinates: [Coordinate],
        _ context: GEOSContext
    ) throws(ZoneAreaError) -> OpaquePointer {
        guard coordinates.count >= 4 else {
            throw ZoneAreaError(reason: "A ring needs at least 4 coordinates", place: coordinates.first)
        }
        guard coordinates.first == coordinates.last else {
            throw ZoneAreaError(
                reason: "The last coordinate of a ring must repeat the first one",
                place: coordinates.last
            )
        }
        let numbers = coordinates.flatMap { [Double($0.longitude.rawValue), Double($0.latitude.rawValue)] }
        guard
            let sequence = GEOSCoordSeq_copyFromBuffer_r(context.handle, numbers, UInt32(coordinates.count), 0, 0),
            let ring = GEOSGeom_createLinearRing_r(context.handle, sequence)
        else { throw ZoneAreaError(reason: context.errorText, place: coordinates.first) }
        return ring
    }

    /// Checks the rules of the OGC for valid polygons: no crossing edges, holes inside, polygons apart.
    ///
    /// - Throws: ``ZoneAreaError`` with GEOS's reason and the place.
    func validate() throws(ZoneAreaError) {
        var reason: UnsafeMutablePointer<CChar>?
        var location: OpaquePointer?
        defer {
            GEOSFree_r(context.handle, reason)
            if let location { GEOSGeom_destroy_r(context.handle, location) }
        }
        guard GEOSisValidDetail_r(context.handle, pointer, 0, &reason, &location) != 1 else { return }
        throw ZoneAreaError(
            reason: reason.map { String(cString: $0) } ?? context.errorText,
            place: location.flatMap(coordinate)
        )
    }

    /// The valid area that comes closest by GEOS's structure method; `nil` if nothing of it has an area.
    ///
    /// The method keeps the area of outer rings without their holes, however the rings cross themselves.
    func mended() -> ZoneArea? {
        guard let parameters = GEOSMakeValidParams_create_r(context.handle) else { return nil }
        defer { GEOSMakeValidParams_destroy_r(context.handle, parameters) }
        GEOSMakeValidParams_setMethod_r(context.handle, parameters, GEOS_MAKE_VALID_STRUCTURE)
        guard let valid = GEOSMakeValidWithParams_r(context.handle, pointer, parameters) else { return nil }
        let mended = AreaGeometry(valid, context)
        let polygons = (0..<GEOSGetNumGeometries_r(context.handle, valid)).compactMap { index in
            GEOSGetGeometryN_r(context.handle, valid, index).flatMap(mended.rings)
        }
        return polygons.isEmpty ? nil : ZoneArea(polygons)
    }

    /// The rings of a polygon; `nil` for another geometry or an empty one.
    private func rings(of polygon: OpaquePointer) -> ZoneArea.Polygon? {
        guard GEOSGeomTypeId_r(context.handle, polygon) == Int32(GEOS_POLYGON.rawValue),
            let outer = GEOSGetExteriorRing_r(context.handle, polygon).flatMap(coordinates), outer.count >= 4
        else { return nil }
        let holes = (0..<max(0, GEOSGetNumInteriorRings_r(context.handle, polygon))).compactMap { index in
            GEOSGetInteriorRingN_r(context.handle, polygon, index).flatMap(coordinates)
        }
        return [outer] + holes
    }

    private func coordinates(of ring: OpaquePointer) -> [Coordinate]? {
        guard let sequence = GEOSGeom_getCoordSeq_r(context.handle, ring) else { return nil }
        var count: UInt32 = 0
        GEOSCoordSeq_getSize_r(context.handle, sequence, &count)
        return (0..<count).compactMap { index in
            var (x, y) = (0.0, 0.0)
            guard GEOSCoordSeq_getXY_r(context.handle, sequence, index, &x, &y) == 1 else { return nil }
            return Self.coordinate(x, y)
        }
    }

    private func coordinate(of point: OpaquePointer) -> Coordinate? {
        var (x, y) = (0.0, 0.0)
        guard GEOSGeomGetX_r(context.handle, point, &x) == 1, GEOSGeomGetY_r(context.handle, point, &y) == 1 else {
            return nil
        }
        return Self.coordinate(x, y)
    }

    private static func coordinate(_ x: Double, _ y: Double) -> Coordinate? {
        guard let longitude = Int32(exactly: x.rounded()), let latitude = Int32(exactly: y.rounded()) else {
            return nil
        }
        return try? Coordinate(latitude: DegreesE7(rawValue: latitude), longitude: DegreesE7(rawValue: longitude))
    }
}
