internal import Geospatial
internal import Models

/// Locations of one day as columns sorted by (cell, time).
///
/// A location takes 20 bytes: its place within its cell, the millisecond of the day, the person, the number (less the
/// least one) and its place in its person's trail. Columns for what few phones give are only there if one does:
/// microseconds, accuracy, doubts, devices, numbers that are too far apart for 32 bits. A cell takes 8 bytes more, a band and a person each 8,
/// every 64th location 4.
///
/// Plain memory, so that searches on several cores do not count references to the same segment.
///
/// Safety: the memory is written before a ``Segment`` owns it, never again, and freed with that; whoever reads through the
/// pointers holds the segment, as ``GridIndex`` does while it is asked. Hence it is `Sendable`, unchecked.
struct SegmentColumns: @unchecked Sendable {
    /// The day that all the locations fall on.
    let day: CalendarDate
    /// How many locations there are.
    let count: Int
    /// Places within the cell; see ``IndexGrid/place(_:_:columnShift:)``.
    let places: UnsafeMutablePointer<UInt32>
    /// Milliseconds since the day began.
    let times: UnsafeMutablePointer<UInt32>
    /// Microseconds behind the millisecond.
    let microseconds: UnsafeMutablePointer<UInt16>?
    /// Whose they are.
    let persons: UnsafeMutablePointer<Int32>
    /// Accuracies in metres, 0 for none.
    let accuracies: UnsafeMutablePointer<UInt16>?
    /// What changes the meaning of places: ``LocationReport/Marks``.
    let reportMarks: UnsafeMutablePointer<UInt8>?
    /// Devices' numbers, 0 for none.
    let devices: UnsafeMutablePointer<UInt8>?
    /// The locations' numbers.
    let ids: Identifiers
    /// The locations' indices by person, then by time.
    let trails: UnsafeMutablePointer<UInt32>
    /// The bands that have cells, in order.
    let bands: Directory<Int32>
    /// The columns of the cells, by band; where each cell's locations start.
    let cells: Directory<UInt32>
    /// The cell of every 64th location, so that the cell of any is found without a search through all.
    let marks: UnsafeMutablePointer<UInt32>
    /// The persons that have locations, in order, and where their trails start.
    let people: Directory<Int32>

    /// The locations' numbers.
    enum Identifiers {
        /// What each is more than the least.
        case narrow(least: Int64, UnsafeMutablePointer<UInt32>)
        /// As they are, because they are too far apart.
        case wide(UnsafeMutablePointer<Int64>)
    }

    /// Frees the memory.
    func deallocate() {
        places.deallocate()
        times.deallocate()
        microseconds?.deallocate()
        persons.deallocate()
        accuracies?.deallocate()
        reportMarks?.deallocate()
        devices?.deallocate()
        trails.deallocate()
        switch ids {
        case .narrow(_, let ids): ids.deallocate()
        case .wide(let ids): ids.deallocate()
        }
        bands.deallocate()
        cells.deallocate()
        marks.deallocate()
        people.deallocate()
    }

    /// How many bytes the columns and directories take.
    var byteCount: Int {
        var bytes = 20
        if case .wide = ids { bytes += 4 }
        if microseconds != nil { bytes += 2 }
        if accuracies != nil { bytes += 2 }
        if reportMarks != nil { bytes += 1 }
        if devices != nil { bytes += 1 }
        return count * bytes + Self.markCount(of: count) * 4 + bands.byteCount + cells.byteCount + people.byteCount
    }

    /// Microseconds since the day began.
    @inline(__always)
    func offset(_ index: Int) -> Int64 {
        Int64(times[index]) * 1_000 + (microseconds.map { Int64($0[index]) } ?? 0)
    }

    /// The first location of some that are sorted by time which is not before a moment, in O(log n).
    ///
    /// - Parameters:
    ///   - range: a cell's locations, or a part of them.
    ///   - offset: microseconds since the day began.
    /// - Returns: its index; the range's upper bound if there is none.
    @inline(__always)
    func firstIndex(in range: Range<Int>, notBefore offset: Int64) -> Int {
        var (low, count) = (range.lowerBound, range.count)
        while count > 0 {
            let half = count / 2
            if self.offset(low + half) < offset {
                low += half + 1
                count -= half + 1
            } else {
                count = half
            }
        }
        return low
    }

    /// As ``firstIndex(in:notBefore:)``, but in the logarithm of how far the location is.
    @inline(__always)
    func nextIndex(in range: Range<Int>, notBefore offset: Int64) -> Int {
        var (low, step) = (range.lowerBound, 1)
        while low + step < range.upperBound, self.offset(low + step) < offset {
            low += step
            step *= 2
        }
        return firstIndex(in: low..<min(low + step + 1, range.upperBound), notBefore: offset)
    }

    /// The device that reported a location.
    @inline(__always)
    func device(_ index: Int) -> DeviceNumber {
        devices.map { DeviceNumber(stored: $0[index]) } ?? .none
    }

    /// The number of a location.
    @inline(__always)
    func id(_ index: Int) -> Int64 {
        switch ids {
        case .narrow(let least, let ids): least + Int64(ids[index])
        case .wide(let ids): ids[index]
        }
    }

    /// The cells of a band.
    @inline(__always)
    func cells(ofBandAt position: Int) -> Range<Int> {
        Int(bands.starts[position])..<Int(bands.starts[position + 1])
    }

    /// The locations of a cell.
    @inline(__always)
    func locations(ofCellAt position: Int) -> Range<Int> {
        Int(cells.starts[position])..<Int(cells.starts[position + 1])
    }

    /// The binary logarithm of how many locations share a mark.
    static let markShift = 6

    /// How many marks so many locations have.
    static func markCount(of count: Int) -> Int { (count + 1 << markShift - 1) >> markShift }

    /// The position of the cell that a location is in; O(log n) in how many cells 64 locations are in.
    @inline(__always)
    func cell(of index: Int) -> Int {
        let mark = index >> Self.markShift
        let low = Int(marks[mark])
        let high = mark + 1 < Self.markCount(of: count) ? Int(marks[mark + 1]) : cells.count - 1
        return cells.position(containing: UInt32(truncatingIfNeeded: index), in: low..<high + 1)
    }

    /// The south-western corner of a cell.
    struct Corner {
        /// Degrees × 10⁷.
        let latitude: Int64
        /// Degrees × 10⁷.
        let longitude: Int64
    }

    /// The corner of a cell, in O(log n).
    func corner(ofCellAt position: Int) -> Corner {
        let band = bands.keys[bands.position(containing: UInt32(truncatingIfNeeded: position))]
        let easting = Int64(cells.keys[position]) << IndexGrid.columnShift(of: band)
        return Corner(latitude: IndexGrid.south(of: band), longitude: easting - IndexGrid.turn / 2)
    }

    /// Where a location is.
    @inline(__always)
    func coordinate(_ index: Int, inCellWith corner: Corner) -> Coordinate {
        let latitude = corner.latitude + Int64(IndexGrid.north(places[index]))
        let longitude = corner.longitude + Int64(IndexGrid.east(places[index]))
        return Coordinate(
            stored: DegreesE7(rawValue: Int32(truncatingIfNeeded: latitude)),
            DegreesE7(rawValue: Int32(truncatingIfNeeded: longitude))
        )
    }

    /// A location as it was put in, to the last bit, but without what the phone told besides.
    @inline(__always)
    func location(_ index: Int, inCellWith corner: Corner) -> Location {
        let marks = reportMarks.map { LocationReport.Marks(rawValue: $0[index]) } ?? []
        return Location(
            id: LocationID(stored: id(index)),
            report: LocationReport(
                personID: PersonID(stored: persons[index]),
                coordinate: coordinate(index, inCellWith: corner),
                creationTime: Timestamp(microseconds: day.microseconds + offset(index)),
                accuracy: accuracies.flatMap { Accuracy(wholeMetres: $0[index]) },
                isMock: marks.contains(.mock),
                isHeartbeat: marks.contains(.heartbeat),
                device: device(index)
            )
        )
    }

    /// A location as it was put in, by its index and the position of its cell.
    func location(_ index: Int, inCellAt position: Int) -> Location {
        location(index, inCellWith: corner(ofCellAt: position))
    }

    /// The indices of a person's locations in the order of time.
    func trail(of person: Int32) -> UnsafeBufferPointer<UInt32> {
        let position = people.position(of: person)
        guard position < people.count, people.keys[position] == person else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        let start = Int(people.starts[position])
        return UnsafeBufferPointer(start: trails + start, count: Int(people.starts[position + 1]) - start)
    }
}
