import Models
import Persistence
import Venue

/// Checks the zones of a plan against each other and against the venue.
enum PlanCheck {
    /// The maximum number of corners of an area that is mended, and of all of them: rings that cross everywhere have a number
    /// of crossings that is quadratic in that of their corners.
    private static let (mendableCorners, mendableInAll) = (200, 2_000)
    /// The maximum depth of nested zones.
    private static let maximumDepth = 16

    /// Checks a plan; costs O(corners × log corners).
    ///
    /// - Parameters:
    ///   - plan: the plan, whose invalid areas are replaced if `mends`.
    ///   - venue: the area of the venue; `nil` if the event is everywhere.
    ///   - mends: whether invalid areas are mended instead of rejected.
    ///   - errors: receives the problems.
    static func check(
        _ plan: inout PlanDocument,
        venue: ZoneArea?,
        mends: Bool,
        _ errors: inout ContentErrors
    ) {
        if plan.zones.count > EventStore.maximumZones {
            errors.add("/features", "Expected at most \(EventStore.maximumZones) zones.")
        }
        checkTexts(plan, &errors)
        checkCodes(plan, &errors)
        checkAreas(&plan, mends: mends, &errors)
        guard let venue, errors.isEmpty, let fence = try? VenueFence([venue]) else { return }
        for zone in plan.zones where !fence.meets(zone.details.area) {
            errors.add("\(zone.pointer)/geometry", "Expected a zone within the venue of the event.")
        }
    }

    private static func checkTexts(_ plan: PlanDocument, _ errors: inout ContentErrors) {
        for zone in plan.zones {
            let pointer = "\(zone.pointer)/properties"
            errors.add("\(pointer)/code", VisibleText.problem(of: zone.details.code, characters: 1...64))
            errors.add("\(pointer)/name", VisibleText.problem(of: zone.details.name, characters: 1...255))
        }
    }

    private static func checkCodes(_ plan: PlanDocument, _ errors: inout ContentErrors) {
        var parents: [String: String] = [:]
        var codes: Set<String> = []
        for zone in plan.zones {
            if !codes.insert(zone.details.code).inserted {
                errors.add("\(zone.pointer)/properties/code", "Expected a code that no other zone of the plan has.")
            }
            parents[zone.details.code] = zone.details.parent
        }
        for zone in plan.zones {
            guard let parent = zone.details.parent else { continue }
            guard codes.contains(parent) else {
                errors.add("\(zone.pointer)/properties/parent", "Expected the code of a zone in the plan.")
                continue
            }
            var (next, depth) = (zone.details.parent, 0)
            while let code = next, depth <= maximumDepth {
                depth += 1
                next = parents[code]
            }
            if depth > maximumDepth {
                errors.add(
                    "\(zone.pointer)/properties/parent",
                    "Expected zones that are nested at most \(maximumDepth) deep, and none within itself."
                )
            }
        }
    }

    private static func checkAreas(_ plan: inout PlanDocument, mends: Bool, _ errors: inout ContentErrors) {
        var corners = 0
        for index in plan.zones.indices {
            let zone = plan.zones[index]
            guard let problem = AreaCheck.problem(of: zone.details.area) else { continue }
            // Rounding to the steps of coordinates can make a mended area invalid again.
            let count = AreaCheck.corners(of: zone.details.area)
            corners += count
            if mends, count <= mendableCorners, corners <= mendableInAll, let mended = zone.details.area.mended(),
                AreaCheck.problem(of: mended) == nil
            {
                plan.zones[index].details.area = mended
                plan.mended.append(zone.details.code)
            } else {
                errors.add("\(zone.pointer)/geometry", "Expected a valid polygon: \(problem).")
            }
        }
    }
}
