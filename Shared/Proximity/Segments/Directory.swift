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
