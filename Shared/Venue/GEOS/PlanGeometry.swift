internal import CGEOS
internal import Models

/// The areas of zones in GEOS.
///
/// Safety: a prepared geometry and the tree build their indexes at the first question and only read them afterwards. The
/// initialiser asks that first question before any other code can.
final class PlanGeometry: @unchecked Sendable {
    private let context = GEOSContext()
    private var geometries: [AreaGeometry] = []
    private var prepared: [OpaquePointer] = []
    private let tree: OpaquePointer?

    /// The most children of a node of the tree, GEOS's own default.
    private static let nodeCapacity = 10

    init(_ areas: [ZoneArea]) throws(VenuePlan.InvalidZone) {
        tree = GEOSSTRtree_create_r(context.handle, Self.nodeCapacity)
        for (index, area) in areas.enumerated() {
            do throws(ZoneAreaError) {
                let geometry = try AreaGeometry(area, context)
                try geometry.validate()
                guard let prepared = GEOSPrepare_r(context.handle, geometry.pointer) else {
                    throw ZoneAreaError(reason: context.errorText, place: nil)
                }
                self.prepared.append(prepared)
                geometries.append(geometry)
                GEOSSTRtree_insert_r(
                    context.handle,
                    tree,
                    geometry.pointer,
                    UnsafeMutableRawPointer(bitPattern: index + 1)
                )
            } catch {
                throw VenuePlan.InvalidZone(index: index, error: error)
            }
        }
        warmUp()
    }

    deinit {
        for prepared in prepared { GEOSPreparedGeom_destroy_r(context.handle, prepared) }
        GEOSSTRtree_destroy_r(context.handle, tree)
    }

    private func warmUp() {
        let (point, box) = (
            GEOSGeom_createPointFromXY_r(context.handle, 0, 0), GEOSGeom_createRectangle_r(context.handle, 0, 0, 1, 1)
        )
        defer {
            GEOSGeom_destroy_r(context.handle, point)
            GEOSGeom_destroy_r(context.handle, box)
        }
        for (prepared, geometry) in zip(prepared, geometries) {
            let inside = GEOSPointOnSurface_r(context.handle, geometry.pointer)
            GEOSPreparedContains_r(context.handle, prepared, inside)
            GEOSPreparedContains_r(context.handle, prepared, geometry.pointer)
            GEOSPreparedIntersects_r(context.handle, prepared, geometry.pointer)
            GEOSGeom_destroy_r(context.handle, inside)
        }
        forEachCandidate(box, context) { _ in }
    }

    /// Calls `visit` with the indices of the zones whose boxes meet a geometry's box.
    func forEachCandidate(_ geometry: OpaquePointer?, _ context: GEOSContext, _ visit: (Int) -> Void) {
        withoutActuallyEscaping(visit) { visit in
            var visit = visit
            // Safety: GEOS calls back on this thread before the function returns.
            withUnsafeMutablePointer(to: &visit) { pointer in
                GEOSSTRtree_query_r(
                    context.handle,
                    tree,
                    geometry,
                    { item, data in
                        guard let item, let data else { return }
                        data.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(bitPattern: item) - 1)
                    },
                    pointer
                )
            }
        }
    }

    /// Whether a zone contains a geometry.
    func contains(_ geometry: OpaquePointer?, zone: Int, _ context: GEOSContext) -> Bool {
        GEOSPreparedContains_r(context.handle, prepared[zone], geometry) == 1
    }

    /// Whether a zone and a geometry have a point in common.
    func intersects(_ geometry: OpaquePointer?, zone: Int, _ context: GEOSContext) -> Bool {
        GEOSPreparedIntersects_r(context.handle, prepared[zone], geometry) == 1
    }
}
