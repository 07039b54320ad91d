internal import Geospatial
internal import Models

/// The locations of one day as columns, sorted by cell and time.
///
/// A location takes 20 bytes: its place within the cell, the millisecond of the day, the person, the number (less the lowest one)
/// and its place in the person's trail. Rarely used columns exist only if a location needs them: microseconds, accuracy,
/// marks, devices, and numbers too far apart for 32 bits. A cell takes 8 bytes more, a band and a person 8 each,
/// every 64th location 4.
///
/// The columns are plain memory, so that searches on several cores do not contend for a segment's reference count.
///
/// Safety: The memory is written before a ``Segment`` owns it, never afterwards, and freed together with the segment. Readers
/// keep the segment alive, as ``GridIndex`` does during a search. Hence the type is `Sendable`, unchecked.
struct SegmentColumns: @unchecked Sendable {
    /// The day of the locations.
    let day: CalendarDate
    /// The number of locations.
    let count: Int
    /// Places within the cell; see ``IndexGrid/place(_:_:columnShift:)``.
    let places: UnsafeMutablePointer<UInt32>
    /// Milliseconds since the start of the day.
    let times: UnsafeMutablePointer<UInt32>
    /// Microseconds within the millisecond.
    let microseconds: UnsafeMutablePointer<UInt16>?
    /// The persons.
    let persons: UnsafeMutablePointer<Int32>
    /// Accuracies in metres, 0 for none.
    let accuracies: UnsafeMutablePointer<UInt16>?
    /// Marks of the reports: ``LocationReport/Marks``.
    let reportMarks: UnsafeMutablePointer<UInt8>?
    /// Device numbers, 0 for none.
    let devices: UnsafeMutablePointer<UInt8>?
    /// The locations' numbers.
    let ids: Identifiers
    /// The locations' indices by person, then by time.
    let trails: UnsafeMutablePointer<UInt32>
    /// The bands that have cells, in order.
    let bands: Directory<Int32>
    /// The columns of the cells, by band; where each cell's locations start.
    let cells: Directory<UInt32>
    /// The cell of every 64th location, which speeds up finding the cell of any location.
    let marks: UnsafeMutablePointer<UInt32>
    /// The persons with locations, in order, and the starts of their trails.
    let people: Directory<Int32>

    /// The locations' numbers.
    enum Identifiers {
        /// The difference to the lowest number.
        case narrow(least: Int64, UnsafeMutablePointer<UInt32>)
        /// The full numbers, because they are too far apart.
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

    /// The memory of the columns and directories in bytes.
    var byteCount: Int {
        var bytes = 20
        if case .wide = ids { bytes += 4 }
        if microseconds != nil { bytes += 2 }
        if accuracies != nil { bytes += 2 }
        if reportMarks != nil { bytes += 1 }
        if devices != nil { bytes += 1 }
        return count * bytes + Self.markCount(of: count) * 4 + bands.byteCount + cells.byteCount + people.byteCount
    }

    /// Microseconds since the start of the day.
    @inline(__always)
    func offset(_ index: Int) -> Int64 {
        Int64(times[index]) * 1_000 + (microseconds.map { Int64($0[index]) } ?? 0)
    }

    /// The first location at or after a time, in O(log n).
    ///
    /// The range must be sorted by time.
    ///
    /// - Parameters:
    ///   - range: the locations of a cell, or a part of them.
    ///   - offset: microseconds since the start of the day.
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

    /// Like ``firstIndex(in:notBefore:)``, but logarithmic in the distance of the result.
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

    /// The locations of a cell.
    @inline(__always)
    func locations(ofCellAt position: Int) -> Range<Int> {
        Int(cells.starts[position])..<Int(cells.starts[position + 1])
    }

    /// The binary logarithm of the number of locations per mark.
    static let markShift = 6

    /// The number of marks for a number of locations.
    static func markCount(of count: Int) -> Int { (count + 1 << markShift - 1) >> markShift }

    /// The position of the cell of a location; O(log n) in the number of cells of 64 locations.
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

    /// The coordinate of a location.
    @inline(__always)
    func coordinate(_ index: Int, inCellWith corner: Corner) -> Coordinate {
        let latitude = corner.latitude + Int64(IndexGrid.north(places[index]))
        let longitude = corner.longitude + Int64(IndexGrid.east(places[index]))
        return Coordinate(
            stored: DegreesE7(rawValue: Int32(truncatingIfNeeded: latitude)),
            DegreesE7(rawValue: Int32(truncatingIfNeeded: longitude))
        )
    }

    /// The location as it was added, bit for bit, but without the additional data of the phone.
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

    /// The location as it was added, by its index and the position of its cell.
    func location(_ index: Int, inCellAt position: Int) -> Location {
        location(index, inCellWith: corner(ofCellAt: position))
    }

    /// The indices of a person's locations in order of time.
    func trail(of person: Int32) -> UnsafeBufferPointer<UInt32> {
        let position = people.position(of: person)
        guard position < people.count, people.keys[position] == person else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        let start = Int(people.starts[position])
        return UnsafeBufferPointer(start: trails + start, count: Int(people.starts[position + 1]) - start)
    }
}
