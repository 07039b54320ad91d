internal import Geospatial
internal import Models

/// The locations of one day (UTC), or a part of them, as immutable columns sorted by (cell, time).
///
/// A location takes 20 bytes: its place within its cell, the millisecond of the day, the person, the number (less the
/// segment's least) and its place in its person's trail. Columns for what few phones give are only there if one does:
/// microseconds, accuracy, numbers that are too far apart for 32 bits. A cell takes 8 bytes more, a band and a person each 8.
///
/// Safety: the pointers are written by the initialiser only, before anybody else knows of the segment, and freed by
/// `deinit`; whoever reads through them holds the segment. Hence it is `Sendable`, unchecked.
final class Segment: @unchecked Sendable {
    /// The day that all the locations fall on.
    let day: CalendarDate
    /// How many locations there are.
    let count: Int
    /// How many bytes they take.
    let byteCount: Int

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
    private let ids: SegmentColumns.Identifiers

    /// The locations' indices by person, then by time.
    let trails: UnsafeMutablePointer<UInt32>

    /// The bands that have cells, in order.
    let bands: Directory<Int32>
    /// The columns of the cells, by band; where each cell's locations start.
    let cells: Directory<UInt32>
    /// The persons that have locations, in order, and where their trails start.
    let people: Directory<Int32>

    /// Takes the columns, which have been filled.
    init(
        day: CalendarDate,
        count: Int,
        columns: SegmentColumns,
        bands: Directory<Int32>,
        cells: Directory<UInt32>,
        people: Directory<Int32>
    ) {
        self.day = day
        self.count = count
        places = columns.places
        times = columns.times
        microseconds = columns.microseconds
        persons = columns.persons
        accuracies = columns.accuracies
        trails = columns.trails
        ids = columns.ids
        self.bands = bands
        self.cells = cells
        self.people = people
        byteCount = columns.byteCount(count: count) + bands.byteCount + cells.byteCount + people.byteCount
    }

    deinit {
        places.deallocate()
        times.deallocate()
        microseconds?.deallocate()
        persons.deallocate()
        accuracies?.deallocate()
        trails.deallocate()
        switch ids {
        case .narrow(_, let ids): ids.deallocate()
        case .wide(let ids): ids.deallocate()
        }
        bands.deallocate()
        cells.deallocate()
        people.deallocate()
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

    /// The position of the cell that a location lies in, in O(log n); at once if it is the one that is guessed.
    @inline(__always)
    func cell(of index: Int, guess: Int) -> Int {
        guess < cells.count && locations(ofCellAt: guess).contains(index)
            ? guess : cells.position(containing: UInt32(truncatingIfNeeded: index))
    }

    /// A location as it was put in.
    ///
    /// - Parameters:
    ///   - index: the location's index.
    ///   - cell: the position of its cell.
    /// - Returns: the location, to the last bit.
    func location(_ index: Int, inCellAt cell: Int) -> Location {
        let band = bands.keys[bands.position(containing: UInt32(truncatingIfNeeded: cell))]
        let place = places[index]
        let latitude = IndexGrid.south(of: band) + Int64(IndexGrid.north(place))
        let west = Int64(cells.keys[cell]) << IndexGrid.columnShift(of: band)
        let longitude = west + Int64(IndexGrid.east(place)) - IndexGrid.turn / 2
        return Location(
            id: LocationID(stored: id(index)),
            report: LocationReport(
                personID: PersonID(stored: persons[index]),
                coordinate: Coordinate(
                    stored: DegreesE7(rawValue: Int32(truncatingIfNeeded: latitude)),
                    DegreesE7(rawValue: Int32(truncatingIfNeeded: longitude))
                ),
                creationTime: Timestamp(microseconds: day.microseconds + offset(index)),
                accuracy: accuracies.flatMap { Accuracy(wholeMetres: $0[index]) }
            )
        )
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

/// The columns of a segment while it is made.
struct SegmentColumns {
    let places: UnsafeMutablePointer<UInt32>
    let times: UnsafeMutablePointer<UInt32>
    let microseconds: UnsafeMutablePointer<UInt16>?
    let persons: UnsafeMutablePointer<Int32>
    let accuracies: UnsafeMutablePointer<UInt16>?
    let trails: UnsafeMutablePointer<UInt32>
    let ids: Identifiers

    /// The locations' numbers.
    enum Identifiers {
        /// What each is more than the least.
        case narrow(least: Int64, UnsafeMutablePointer<UInt32>)
        /// As they are, because they are too far apart.
        case wide(UnsafeMutablePointer<Int64>)
    }

    func byteCount(count: Int) -> Int {
        var bytes = 20
        if case .wide = ids { bytes += 4 }
        if microseconds != nil { bytes += 2 }
        if accuracies != nil { bytes += 2 }
        return count * bytes
    }
}

/// Sorted keys and where what belongs to each of them starts.
struct Directory<Key: FixedWidthInteger & BitwiseCopyable> {
    /// How many keys there are.
    let count: Int
    /// The keys in order; of cells, in order within a band only.
    let keys: UnsafeMutablePointer<Key>
    /// Where each key's part starts; one more for the end.
    let starts: UnsafeMutablePointer<UInt32>

    /// Copies keys and starts, of which there is one more.
    init(keys: [Key], starts: [UInt32]) {
        count = keys.count
        self.keys = .allocate(capacity: max(keys.count, 1))
        self.starts = .allocate(capacity: starts.count)
        keys.withUnsafeBufferPointer {
            if let base = $0.baseAddress { self.keys.initialize(from: base, count: $0.count) }
        }
        starts.withUnsafeBufferPointer {
            if let base = $0.baseAddress { self.starts.initialize(from: base, count: $0.count) }
        }
    }

    func deallocate() {
        keys.deallocate()
        starts.deallocate()
    }

    var byteCount: Int { count * MemoryLayout<Key>.size + (count + 1) * MemoryLayout<UInt32>.size }

    /// The first of some positions whose key is not less, in O(log n).
    @inline(__always)
    func position(of key: Key, in range: Range<Int>? = nil) -> Int {
        var low = range?.lowerBound ?? 0
        var length = range?.count ?? count
        while length > 0 {
            let half = length / 2
            if keys[low + half] < key {
                low += half + 1
                length -= half + 1
            } else {
                length = half
            }
        }
        return low
    }

    /// The position of the key to whose part a place belongs, in O(log n).
    @inline(__always)
    func position(containing place: UInt32) -> Int {
        var (low, length) = (0, count)
        while length > 1 {
            let half = length / 2
            if starts[low + half] <= place {
                low += half
                length -= half
            } else {
                length = half
            }
        }
        return low
    }
}
