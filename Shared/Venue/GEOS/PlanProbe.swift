internal import CGEOS
internal import Models

/// Asks GEOS, for one task, how points and boxes lie to the zones of a plan.
///
/// All coordinates are steps of 10⁻⁷ degrees: x is the longitude, y the latitude.
final class PlanProbe {
    private let plan: PlanGeometry
    private let context = GEOSContext()

    init(_ plan: PlanGeometry) {
        self.plan = plan
    }

    /// The zones that contain a point, in ascending order; a point on a border is outside.
    func zones(containing x: Double, _ y: Double) -> [Int] {
        let point = GEOSGeom_createPointFromXY_r(context.handle, x, y)
        defer { GEOSGeom_destroy_r(context.handle, point) }
        var found: [Int] = []
        plan.forEachCandidate(point, context) { zone in
            if plan.contains(point, zone: zone, context) { found.append(zone) }
        }
        return found.sorted()
    }

    /// The zones that contain a box, and those that only meet it.
    func zones(around x: ClosedRange<Double>, _ y: ClosedRange<Double>) -> (containing: [Int], meeting: [Int]) {
        let box = GEOSGeom_createRectangle_r(context.handle, x.lowerBound, y.lowerBound, x.upperBound, y.upperBound)
        defer { GEOSGeom_destroy_r(context.handle, box) }
        var (containing, meeting): ([Int], [Int]) = ([], [])
        plan.forEachCandidate(box, context) { zone in
            if plan.contains(box, zone: zone, context) {
                containing.append(zone)
            } else if plan.intersects(box, zone: zone, context) {
                meeting.append(zone)
            }
        }
        return (containing, meeting)
    }

    /// Which of some zones contain a point, in their order.
    func contained(_ x: Double, _ y: Double, in zones: [Int]) -> [Bool] {
        let point = GEOSGeom_createPointFromXY_r(context.handle, x, y)
        defer { GEOSGeom_destroy_r(context.handle, point) }
        return zones.map { plan.contains(point, zone: $0, context) }
    }

    /// Whether an area has a point in common with a zone; `false` also if the area is not valid.
    func meets(_ area: ZoneArea) -> Bool {
        guard let geometry = try? AreaGeometry(area, context) else { return false }
        var isMet = false
        plan.forEachCandidate(geometry.pointer, context) { zone in
            isMet = isMet || plan.intersects(geometry.pointer, zone: zone, context)
        }
        return isMet
    }
}
