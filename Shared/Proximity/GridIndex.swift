internal import Geospatial
package import Models

/// An immutable state of the spatial grid index.
///
/// It finds locations by cell and time, and by person and time.
///
/// It is a list of immutable segments of one day each. A copy costs nothing, and a change shares all unchanged segments.
/// Readers of one state are independent of later states. It takes about 23 bytes a location.
package struct GridIndex: Sendable {
    /// Ordered by day; within a day by size, the largest first.
    private(set) var segments: [Segment] = []
    /// Erased persons whose locations are still in segments; searches skip them.
    private(set) var erased: Set<Int32> = []

    /// The first day in the index; `nil` if there is no limit.
    ///
    /// Earlier locations are left out.
    package private(set) var firstDay: CalendarDate?

    /// Creates an empty index.
    ///
    /// - Parameter firstDay: the first day of accepted locations; `nil` accepts all.
    package init(from firstDay: CalendarDate? = nil) {
        self.firstDay = firstDay
    }

    /// Creates an index of some locations in any order.
    ///
    /// If queued locations have the same person, device, time and place, the one with the lowest number remains.
    package init(_ locations: [Location]) {
        self = GridIndex().adding(locations)
    }

    /// The number of locations, including those of erased persons.
    package var count: Int { segments.reduce(0) { $0 + $1.count } }

    /// The memory of the columns and directories in bytes.
    package var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

    /// The first and the last day with locations.
    package var days: ClosedRange<CalendarDate>? {
        guard let first = segments.first?.day, let last = segments.last?.day else { return nil }
        return first...last
    }

    /// The number of segments; unmerged parts of a day count individually.
    package var segmentCount: Int { segments.count }

    /// All persons with a location.
    package func persons() -> Set<PersonID> {
        var persons: Set<PersonID> = []
        for segment in segments {
            let people = segment.columns.people
            for position in 0..<people.count where !erased.contains(people.keys[position]) {
                persons.insert(PersonID(stored: people.keys[position]))
            }
        }
        return persons
    }

    /// The index with more locations, in any order.
    ///
    /// Leaves out locations before ``firstDay``, and queued locations whose person, device, time and place are already
    /// in the index. Costs O(n log n) in the number of new locations. It merges small segments; ``merging(_:)`` merges
    /// large ones.
    ///
    /// - Parameters:
    ///   - locations: the locations.
    ///   - areDistinct: whether the caller guarantees that no location repeats another one or one in the index.
    /// - Returns: the next state; this one is unchanged.
    package func adding(_ locations: [Location], areDistinct: Bool = false) -> GridIndex {
        var index = self
        for (day, locations) in Self.byDay(locations) where firstDay.map({ $0 <= day }) ?? true {
            let distinct = areDistinct ? locations : withoutRepetitions(locations, of: day)
            guard !distinct.isEmpty else { continue }
            index.insert(distinct.withUnsafeBufferPointer { Segment($0, of: day) })
            while let merge = index.smallMerge(of: day) { index = index.merging(merge) }
        }
        return index
    }

    /// The index without a person.
    ///
    /// The change is visible at once.
    ///
    /// The next merge of the person's segments frees the memory.
    package func erasing(_ person: PersonID) -> GridIndex {
        var index = self
        index.erased.insert(person.rawValue)
        return index
    }

    /// The index without locations before a day.
    ///
    /// It also rejects such locations in future.
    package func dropping(before day: CalendarDate) -> GridIndex {
        var index = self
        index.firstDay = max(firstDay ?? day, day)
        index.segments.removeAll { $0.day < day }
        return index
    }

    /// The index with at most the given number of locations: it evicts the oldest days, and rejects them in future.
    package func limited(to maximumCount: Int) -> GridIndex {
        var index = self
        while index.count > maximumCount, let oldest = index.days?.lowerBound {
            index = index.dropping(before: CalendarDate(daysSince1970: oldest.daysSince1970 + 1))
        }
        return index
    }

    /// The index with locations before its ``firstDay``, for a question about earlier days.
    ///
    /// - Parameter older: the locations, without repetitions.
    /// - Returns: an index of both.
    package func extended(by older: [Location]) -> GridIndex {
        guard !older.isEmpty else { return self }
        var index = self
        index.firstDay = nil
        return index.adding(older, areDistinct: true)
    }

    /// The segments with locations in a time window.
    ///
    /// Each comes with the overlapping part in microseconds since the start of its day, or `nil` for the whole segment.
    func parts(in window: TimeWindow) -> [(segment: Segment, times: Range<Int64>?)] {
        let first = segments.partitioningIndex { $0.day >= window.start.day }
        return segments[first...].prefix { $0.day.microseconds < window.end.microseconds }.map { segment in
            let (start, end) = (
                window.start.microseconds - segment.day.microseconds, window.end.microseconds - segment.day.microseconds
            )
            return (
                segment,
                start <= 0 && end >= CalendarDate.microsecondsPerDay
                    ? nil : max(start, 0)..<max(min(end, CalendarDate.microsecondsPerDay), start, 0)
            )
        }
    }

    mutating func insert(_ segment: Segment) {
        let place = segments.partitioningIndex {
            $0.day > segment.day || $0.day == segment.day && $0.count < segment.count
        }
        segments.insert(segment, at: place)
    }

    mutating func remove(_ merged: [Segment]) {
        segments.removeAll { segment in merged.contains { $0 === segment } }
    }

    /// Removes erased persons without remaining locations from the list.
    mutating func forgetErased() {
        guard !erased.isEmpty else { return }
        erased = erased.filter { person in segments.contains { !$0.columns.trail(of: person).isEmpty } }
    }

    private static func byDay(_ locations: [Location]) -> [(day: CalendarDate, locations: [Location])] {
        guard let first = locations.first?.report.creationTime.day else { return [] }
        // Nearly always, all of them are on the same day.
        let range = first.microseconds..<first.microseconds + CalendarDate.microsecondsPerDay
        if locations.allSatisfy({ range.contains($0.report.creationTime.microseconds) }) { return [(first, locations)] }
        var days: [(day: CalendarDate, locations: [Location])] = []
        var (current, times): (Int, Range<Int64>) = (0, 0..<0)
        for location in locations {
            let time = location.report.creationTime
            if !times.contains(time.microseconds) {
                // Adjacent locations are mostly on the same day.
                let day = time.day
                times = day.microseconds..<day.microseconds + CalendarDate.microsecondsPerDay
                current = days.firstIndex { $0.day == day } ?? days.count
                if current == days.count { days.append((day, [])) }
            }
            days[current].locations.append(location)
        }
        return days
    }

    private func withoutRepetitions(_ locations: [Location], of day: CalendarDate) -> [Location] {
        var batch = LocationsByMoment(minimumCapacity: locations.count)
        var distinct: [Location] = []
        for location in locations {
            if location.id.place == nil { distinct.append(location) } else { batch.add(location) }
        }
        let present = segments.filter { $0.day == day }.map(\.columns)
        distinct.reserveCapacity(locations.count)
        let twins = batch.twins
        // The number of added locations for each moment that has several.
        var counts: [LocationsByMoment.Moment: Int] = [:]
        for location in batch.firsts where present.twins(of: location.report).areOthers {
            if !twins.isEmpty { counts[LocationsByMoment.Moment(location.report)] = 1 }
            distinct.append(location)
        }
        for location in twins {
            let moment = LocationsByMoment.Moment(location.report)
            let (there, added) = (present.twins(of: location.report), counts[moment] ?? 0)
            guard there.areOthers, there.count + added < LocationsByMoment.maximumCount else { continue }
            counts[moment] = added + 1
            distinct.append(location)
        }
        return distinct
    }
}

/// The queued locations of one person at one time.
private struct Twins {
    /// The number of locations.
    var count = 0
    /// Whether a location differs from all of them, and may be added.
    var areOthers = true
}

extension [SegmentColumns] {
    /// The queued locations in the index with a report's person and time.
    ///
    /// O(log n), because there are few of them.
    fileprivate func twins(of report: LocationReport) -> Twins {
        var twins = Twins()
        for columns in self { columns.count(twinsOf: report, into: &twins) }
        if twins.count >= LocationsByMoment.maximumCount { twins.areOthers = false }
        return twins
    }
}

extension SegmentColumns {
    fileprivate func count(twinsOf report: LocationReport, into twins: inout Twins) {
        let trail = trail(of: report.personID.rawValue)
        let wanted = report.creationTime.microseconds - day.microseconds
        var place = trail.partitioningIndex { offset(Int($0)) >= wanted }
        while place < trail.count, offset(Int(trail[place])) == wanted {
            let index = Int(trail[place])
            place += 1
            guard id(index) >= LocationID.leastQueued else { continue }
            twins.count += 1
            let isSame =
                device(index) == report.device
                && coordinate(index, inCellWith: corner(ofCellAt: cell(of: index))) == report.coordinate
            if isSame { twins.areOthers = false }
        }
    }
}
