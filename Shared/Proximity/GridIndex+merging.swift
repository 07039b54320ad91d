package import Models

/// Segments of one day to be merged into one.
package struct SegmentMerge: Sendable {
    let segments: [Segment]
}

extension GridIndex {
    /// Segments up to this size are merged while locations are added, in less than a millisecond.
    private static let smallCount = 4_096

    /// The next merge that is due.
    ///
    /// The segments of a day must grow in size by a factor of at least four, so that there are O(log n) of them and each location
    /// is merged O(log n) times.
    ///
    /// - Parameter maximumCount: the maximum number of locations in a merge, which takes about 120 bytes of memory for each.
    /// - Returns: the segments to merge, or `nil` if none are due.
    package func nextMerge(upTo maximumCount: Int = .max) -> SegmentMerge? {
        for parts in segmentsByDay {
            if let merge = Self.merge(of: parts, upTo: maximumCount) { return merge }
        }
        guard !erased.isEmpty else { return nil }
        // Remove erased locations from memory soon.
        return segments.first { segment in erased.contains { !segment.columns.trail(of: $0).isEmpty } }
            .map { SegmentMerge(segments: [$0]) }
    }

    func smallMerge(of day: CalendarDate) -> SegmentMerge? {
        let first = segments.partitioningIndex { $0.day >= day }
        return Self.merge(of: segments[first...].prefix { $0.day == day }, upTo: Self.smallCount)
    }

    /// The index with some of its segments merged; about 100 ns a location.
    ///
    /// Locations added and persons erased since the choice of the merge are respected. If one of the segments is gone,
    /// the index stays unchanged.
    package func merging(_ merge: SegmentMerge) -> GridIndex {
        replacing(merge, with: merged(merge))
    }

    /// The index with all segments of each day merged, without erased locations.
    package func compacted() -> GridIndex {
        var index = self
        for parts in segmentsByDay where parts.count > 1 || !erased.isEmpty {
            index = index.merging(SegmentMerge(segments: Array(parts)))
        }
        return index
    }

    /// The index without a person's locations of a time window.
    ///
    /// Builds those segments again that have any, at about 100 ns a location of theirs.
    package func removing(_ person: PersonID, in window: TimeWindow) -> GridIndex {
        var index = self
        for (segment, _) in parts(in: window) where !segment.columns.trail(of: person.rawValue).isEmpty {
            let merge = SegmentMerge(segments: [segment])
            let rest = merged(merge) {
                $0.report.personID != person || !window.microseconds.contains($0.report.creationTime.microseconds)
            }
            index = index.replacing(merge, with: rest)
        }
        return index
    }

    /// The merged segment without erased persons and locations that are not kept; `nil` if it would be empty.
    func merged(_ merge: SegmentMerge, keeping isKept: (Location) -> Bool = { _ in true }) -> Segment? {
        guard let day = merge.segments.first?.day else { return nil }
        var locations: [Location] = []
        locations.reserveCapacity(merge.segments.reduce(0) { $0 + $1.count })
        for segment in merge.segments.map(\.columns) {
            for cell in 0..<segment.cells.count {
                let corner = segment.corner(ofCellAt: cell)
                for index in segment.locations(ofCellAt: cell) where !erased.contains(segment.persons[index]) {
                    let location = segment.location(index, inCellWith: corner)
                    if isKept(location) { locations.append(location) }
                }
            }
        }
        guard !locations.isEmpty else { return nil }
        return locations.withUnsafeBufferPointer { Segment($0, of: day) }
    }

    func replacing(_ merge: SegmentMerge, with merged: Segment?) -> GridIndex {
        let present = merge.segments.allSatisfy { old in segments.contains { $0 === old } }
        guard present else { return self }
        var index = self
        index.remove(merge.segments)
        if let merged { index.insert(merged) }
        index.forgetErased()
        return index
    }

    /// The segments of each day.
    private var segmentsByDay: [ArraySlice<Segment>] {
        var days: [ArraySlice<Segment>] = []
        while let first = days.last?.endIndex ?? segments.indices.first, first < segments.endIndex {
            days.append(segments[first...].prefix { $0.day == segments[first].day })
        }
        return days
    }

    private static func merge(of day: ArraySlice<Segment>, upTo limit: Int) -> SegmentMerge? {
        var parts: [Segment] = []
        var count = 0
        // Smallest first: each one absorbs the segments of less than four times its size.
        for segment in day.reversed() {
            guard parts.isEmpty || segment.count < 4 * count, count + segment.count <= limit else { break }
            parts.append(segment)
            count += segment.count
        }
        return parts.count > 1 ? SegmentMerge(segments: parts) : nil
    }
}
