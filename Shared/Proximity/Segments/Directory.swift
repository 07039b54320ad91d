/// Sorted keys with the start of each key's part.
struct Directory<Key: FixedWidthInteger & BitwiseCopyable> {
    /// The number of keys.
    let count: Int
    /// The keys in order; the keys of cells are in order only within a band.
    let keys: UnsafeMutablePointer<Key>
    /// The start of each key's part, plus the end of the last one.
    let starts: UnsafeMutablePointer<UInt32>

    /// Copies the keys and starts.
    ///
    /// There must be one more start than keys.
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

    /// The first position in a range whose key is at least the given one, in O(log n).
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

    /// The position of the key whose part contains a place, in O(log n).
    @inline(__always)
    func position(containing place: UInt32, in range: Range<Int>? = nil) -> Int {
        var (low, length) = (range?.lowerBound ?? 0, range?.count ?? count)
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
