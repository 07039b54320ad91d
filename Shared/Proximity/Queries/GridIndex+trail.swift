internal import Geospatial
package import Models

extension GridIndex {
    /// Where a person was, in the order of time and then of numbers; O(log n + the person's locations).
    package func trail(of person: PersonID, in window: TimeWindow) -> [Location] {
        guard !erased.contains(person.rawValue) else { return [] }
        var trail: [Location] = []
        for (segment, times) in parts(in: window) {
            segment.columns.appendTrail(of: person.rawValue, during: times, to: &trail)
        }
        // Parts of a day follow each other as they are, and so do locations of the same moment.
        if !zip(trail, trail.dropFirst()).allSatisfy(Self.isInOrder) { trail.sort(by: Self.isInOrder) }
        return trail
    }

    private static func isInOrder(_ first: Location, _ second: Location) -> Bool {
        (first.report.creationTime, first.id) < (second.report.creationTime, second.id)
    }
}

extension SegmentColumns {
    fileprivate func appendTrail(of person: Int32, during times: Range<Int64>?, to locations: inout [Location]) {
        let trail = trail(of: person)
        let first = times.map { times in trail.partitioningIndex { offset(Int($0)) >= times.lowerBound } } ?? 0
        let end = times.map { times in trail.partitioningIndex { offset(Int($0)) >= times.upperBound } } ?? trail.count
        locations.reserveCapacity(locations.count + end - first)
        var (cell, corner) = (0, corner(ofCellAt: 0))
        for place in first..<end {
            let index = Int(trail[place])
            // Often a person stays in a cell.
            if !self.locations(ofCellAt: cell).contains(index) {
                cell = cells.position(containing: UInt32(truncatingIfNeeded: index))
                corner = self.corner(ofCellAt: cell)
            }
            locations.append(location(index, inCellWith: corner))
        }
    }
}
