/// A row to sort when building a segment.
struct SortRecord {
    /// The cell or the person.
    var key: UInt64
    /// Milliseconds of the day.
    var time: UInt32
    /// The index of the row.
    var row: UInt32
}

/// Least-significant-digit radix sort (Knuth, TAOCP 5.2.5): stable, O(n) for each digit of eleven bits.
///
/// A digit that is equal in all records needs no pass. The cost depends on the range of the keys, not on their width.
struct RadixSort: ~Copyable {
    private(set) var records: UnsafeMutableBufferPointer<SortRecord>
    private var spare: UnsafeMutableBufferPointer<SortRecord>

    private static let bits: UInt64 = 11

    /// Allocates records.
    ///
    /// All of them must be written before sorting.
    init(count: Int) {
        records = .allocate(capacity: count)
        spare = .allocate(capacity: count)
    }

    deinit {
        records.deallocate()
        spare.deallocate()
    }

    /// Sorts by time, unless already sorted.
    mutating func sortByTime() {
        var isSorted = true
        for index in records.indices.dropFirst() where records[index - 1].time > records[index].time {
            isSorted = false
            break
        }
        if !isSorted { sort { UInt64($0.time) } }
    }

    /// Refines the order of records with equal time, which are few.
    ///
    /// The records must be sorted by time.
    mutating func sortEqualTimes(by areInOrder: (SortRecord, SortRecord) -> Bool) {
        var start = 0
        while start < records.count {
            var end = start + 1
            while end < records.count, records[end].time == records[start].time { end += 1 }
            if end - start > 1 { records[start..<end].sort(by: areInOrder) }
            start = end
        }
    }

    /// Sorts by key.
    mutating func sortByKey() {
        sort { $0.key }
    }

    @inline(__always)
    private mutating func sort(by value: (SortRecord) -> UInt64) {
        var (least, greatest) = (UInt64.max, UInt64.min)
        for record in records {
            least = min(least, value(record))
            greatest = max(greatest, value(record))
        }
        guard least < greatest else { return }
        let range = greatest - least
        var shift: UInt64 = 0
        while shift < 64, range >> shift != 0 {
            pass { Int(truncatingIfNeeded: ((value($0) - least) >> shift) & (1 << Self.bits - 1)) }
            shift += Self.bits
        }
    }

    @inline(__always)
    private mutating func pass(digit: (SortRecord) -> Int) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << Int(Self.bits)) { starts in
            starts.initialize(repeating: 0)
            for record in records { starts[digit(record)] += 1 }
            var sum = 0
            for index in starts.indices { (starts[index], sum) = (sum, sum + starts[index]) }
            for record in records {
                let digit = digit(record)
                spare[starts[digit]] = record
                starts[digit] += 1
            }
        }
        swap(&records, &spare)
    }
}
