internal import Geospatial
package import Models

/// An immutable state of the spatial grid index: who was where, by cell and time and by person and time.
///
/// It is a list of immutable segments, each of one day, so that a copy costs nothing and a change shares all but what it
/// adds: readers of one state are not disturbed by the next. About 23 bytes a location.
package struct GridIndex: Sendable {
    /// By day; those of a day by size, the largest first.
    private(set) var segments: [Segment] = []
    /// Persons whose locations are still in segments but count no more.
    private(set) var erased: Set<Int32> = []

    /// The first day that the index is to know: nothing older is in it; everything is if `nil`.
    package private(set) var firstDay: CalendarDate?

    /// An index without locations.
    ///
    /// - Parameter firstDay: the first day whose locations it takes; all if `nil`.
    package init(from firstDay: CalendarDate? = nil) {
        self.firstDay = firstDay
    }

    /// An index of some locations in any order.
    ///
    /// Of queued locations with the same person, device, time and place, the one with the least number is taken.
    package init(_ locations: [Location]) {
        self = GridIndex().adding(locations)
    }

    /// How many locations there are, those of erased persons included.
    package var count: Int { segments.reduce(0) { $0 + $1.count } }

    /// How many bytes the columns and directories take.
    package var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

    /// The first and the last day that has locations.
    package var days: ClosedRange<CalendarDate>? {
        guard let first = segments.first?.day, let last = segments.last?.day else { return nil }
        return first...last
    }

    /// How many segments there are: parts of days that are yet to be merged count each.
    package var segmentCount: Int { segments.count }

    /// Everybody who has a location.
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

    /// The index with some more locations, in any order.
    ///
    /// Leaves out locations before ``firstDay``, and queued locations whose person, device, time and place are there
    /// already. Costs O(n log n) in the locations, and merges small segments now and then; large ones are left to
    /// ``merging(_:)``.
    ///
    /// - Parameters:
    ///   - locations: the locations.
    ///   - areDistinct: whether it is known that none of them repeats another or one that is there.
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

    /// The index without a person, at once.
    ///
    /// Their locations leave memory when their segments are merged next.
    package func erasing(_ person: PersonID) -> GridIndex {
        var index = self
        index.erased.insert(person.rawValue)
        return index
    }

    /// The index without what lies before a day, now and from now on.
    package func dropping(before day: CalendarDate) -> GridIndex {
        var index = self
        index.firstDay = max(firstDay ?? day, day)
        index.segments.removeAll { $0.day < day }
        return index
    }

    /// The index with so many locations at most: the oldest days are let go, now and from now on.
    package func limited(to maximumCount: Int) -> GridIndex {
        var index = self
        while index.count > maximumCount, let oldest = index.days?.lowerBound {
            index = index.dropping(before: CalendarDate(daysSince1970: oldest.daysSince1970 + 1))
        }
        return index
    }

    /// The index with locations of days before its ``firstDay``, for a question that reaches back that far.
    ///
    /// - Parameter older: the locations, none repeated.
    /// - Returns: an index of both.
    package func extended(by older: [Location]) -> GridIndex {
        guard !older.isEmpty else { return self }
        var index = self
        index.firstDay = nil
        return index.adding(older, areDistinct: true)
    }

    /// The segments that have locations of a window of time, and the part of each: microseconds since its day began, or
    /// `nil` for all of it.
    func parts(in window: TimeWindow) -> [(segment: Segment, times: Range<Int64>?)] {
        let first = segments.partitioningIndex { $0.day >= window.start.day }
        return segments[first...].prefix { $0.day.microseconds < window.end.microseconds }.map { segment in
            let (start, end) = (
                window.start.microseconds - segment.day.microseconds, window.end.microseconds - segment.day.microseconds
            )
            return (segment, start <= 0 && end >= Self.day ? nil : max(start, 0)..<max(min(end, Self.day), start, 0))
        }
    }

    /// Microseconds in a day.
    static let day: Int64 = 86_400_000_000

    mutating func insert(_ segment: Segment) {
        let place = segments.partitioningIndex {
            $0.day > segment.day || $0.day == segment.day && $0.count < segment.count
        }
        segments.insert(segment, at: place)
    }

    mutating func remove(_ merged: [Segment]) {
        segments.removeAll { segment in merged.contains { $0 === segment } }
    }

    /// Forgets that persons were erased of whom nothing is left.
    mutating func forgetErased() {
        guard !erased.isEmpty else { return }
        erased = erased.filter { person in segments.contains { !$0.columns.trail(of: person).isEmpty } }
    }

    private static func byDay(_ locations: [Location]) -> [(day: CalendarDate, locations: [Location])] {
        guard let first = locations.first?.report.creationTime.day else { return [] }
        // Nearly always all of them are of the same day.
        let range = first.microseconds..<first.microseconds + day
        if locations.allSatisfy({ range.contains($0.report.creationTime.microseconds) }) { return [(first, locations)] }
        var days: [(day: CalendarDate, locations: [Location])] = []
        var (current, times): (Int, Range<Int64>) = (0, 0..<0)
        for location in locations {
            let time = location.report.creationTime
            if !times.contains(time.microseconds) {
                // What comes after one another mostly is of the same day.
                let day = time.day
                times = day.microseconds..<day.microseconds + Self.day
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
        // The number of added locations of each moment that has several.
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

/// The queued locations of one person and moment.
private struct Twins {
    /// Their number.
    var count = 0
    /// Whether a location differs from all of them, and may be added.
    var areOthers = true
}

extension [SegmentColumns] {
    /// The queued locations that are there of a report's person and moment, in O(log n), as they are few.
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
