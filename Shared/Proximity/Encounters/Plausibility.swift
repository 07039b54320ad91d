internal import Geospatial
package import Models

/// Which locations prove anything, whatever they lie close to.
///
/// What is not plausible is stored and shown like all else; it only makes no meeting.
package struct Plausibility: Hashable, Sendable {
    /// The greatest accuracy that counts; a location without accuracy counts, one without a fix does not.
    ///
    /// `nil` counts all of them.
    package var greatestAccuracy: Accuracy?
    /// Whether places count that the phone says an app made up.
    package var includesMocks = true
    /// The greatest speed in metres per second at which people travel; any if `nil`.
    package var greatestSpeed: Double?

    /// Every location is plausible.
    package static let everything = Plausibility()

    /// Makes one that takes everything; to be narrowed.
    package init() {}

    /// Why a location proves nothing, as far as it tells itself; `nil` if it does.
    func doubt(of location: Location) -> LocationDoubt? {
        if location.report.isMock && !includesMocks { return .mock }
        guard let greatestAccuracy else { return nil }
        let isAccurate = location.report.accuracy.map { $0 <= greatestAccuracy } ?? true
        return isAccurate && location.report.isFix ? nil : .inaccurate
    }
}

/// Why a location proves nothing.
package enum LocationDoubt: Hashable, Sendable {
    /// An app made the place up.
    case mock
    /// The phone hardly knows where it is.
    case inaccurate
    /// Nobody travels as fast as the person would have had to, to be there.
    case tooFast
}

extension GridIndex {
    /// What two places may lie apart besides, however short the time: phones wander by it when they find a satellite.
    private static let wander = 100.0

    /// Whether a device would have had to travel faster than `speed` both to be at a place and to leave it.
    ///
    /// It compares the location with its neighbours in the device's trail, less the phone's error; another device of the same
    /// person may be anywhere. Both steps must be too fast: in a trail that jumps once, either part may be wrong. So the answer
    /// follows from the stored locations alone, whatever their order of arrival. O(log n) in the person's locations of the day
    /// and the adjacent days, which are enough at this speed, and in the other devices' locations in between.
    ///
    /// - Parameters:
    ///   - location: a location of the index.
    ///   - speed: in metres per second, not less than 250, at which it takes a day to get anywhere on Earth.
    /// - Returns: whether that is so; not if the device has no other location then.
    func isLeap(_ location: Location, speed: Double) -> Bool {
        let (before, after) = neighbours(of: location)
        let steps = [before, after].compactMap { $0 }
        return !steps.isEmpty && steps.allSatisfy { isOutOfReach($0, of: location, speed: speed) }
    }

    private func isOutOfReach(_ other: Location, of location: Location, speed: Double) -> Bool {
        let (one, two) = (location.report, other.report)
        let seconds = Double(abs(one.creationTime.microseconds - two.creationTime.microseconds)) / 1_000_000
        let errors = Double(one.accuracy?.metres ?? 0) + Double(two.accuracy?.metres ?? 0)
        let reach = seconds * speed + errors + Self.wander
        // No two places on Earth lie further apart.
        guard reach < 20_010_000 else { return false }
        return Geodesic.distance(from: one.coordinate, to: two.coordinate) > reach
    }

    /// The device's locations next to one in time, up to a day away; others of the same moment do not count.
    private func neighbours(of location: Location) -> (before: Location?, after: Location?) {
        let (person, time) = (location.report.personID.rawValue, location.report.creationTime)
        var (before, after): (Location?, Location?)
        let day = time.day.daysSince1970
        for day in [day, day - 1, day + 1] {
            // A neighbour of the day itself is nearer than any of another day.
            if day < time.day.daysSince1970, before != nil { continue }
            if day > time.day.daysSince1970, after != nil { continue }
            for segment in segments(of: CalendarDate(daysSince1970: day)) {
                let columns = segment.columns
                let trail = columns.trail(of: person)
                let moment = time.microseconds - columns.day.microseconds
                let end = trail.partitioningIndex { columns.offset(Int($0)) >= moment }
                let next = trail.partitioningIndex { columns.offset(Int($0)) > moment }
                let device = location.report.device
                if let last = trail[..<end].last(where: { columns.device(Int($0)) == device }) {
                    let candidate = columns.located(Int(last))
                    if before.map({ $0.report.creationTime < candidate.report.creationTime }) ?? true {
                        before = candidate
                    }
                }
                if let first = trail[next...].first(where: { columns.device(Int($0)) == device }) {
                    let candidate = columns.located(Int(first))
                    if after.map({ $0.report.creationTime > candidate.report.creationTime }) ?? true {
                        after = candidate
                    }
                }
            }
        }
        return (before, after)
    }

    private func segments(of day: CalendarDate) -> ArraySlice<Segment> {
        let first = segments.partitioningIndex { $0.day >= day }
        return segments[first...].prefix { $0.day == day }
    }

    /// The co-presences of locations that nobody would have had to travel too fast for.
    func plausible(_ pairs: [CoPresence], _ plausibility: Plausibility) -> [CoPresence] {
        guard let speed = plausibility.greatestSpeed, !pairs.isEmpty else { return pairs }
        var verdicts: [LocationID: Bool] = [:]
        func isPlausible(_ location: Location) -> Bool {
            if let known = verdicts[location.id] { return known }
            let verdict = !isLeap(location, speed: speed)
            verdicts[location.id] = verdict
            return verdict
        }
        return pairs.filter { isPlausible($0.own) && isPlausible($0.other) }
    }

    /// Those locations of a trail that a person would have had to travel too fast for.
    package func leaps(in trail: [Location], _ plausibility: Plausibility) -> Set<LocationID> {
        guard let speed = plausibility.greatestSpeed else { return [] }
        return Set(trail.lazy.filter { isLeap($0, speed: speed) }.map(\.id))
    }
}

extension SegmentColumns {
    /// A location by its index alone, in O(log n).
    fileprivate func located(_ index: Int) -> Location {
        location(index, inCellAt: cell(of: index))
    }
}
