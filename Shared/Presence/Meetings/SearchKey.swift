internal import Geospatial

extension GridCell {
    /// A key of a slot of time and this cell: entries of one slot and adjacent cells have adjacent keys.
    ///
    /// Slots whose lower 23 bits are equal share keys.
    func searchKey(in slot: Int64) -> UInt64 {
        UInt64(truncatingIfNeeded: slot) << 41 | UInt64(truncatingIfNeeded: rawValue)
    }
}

extension Array where Element == UInt64 {
    /// The index of the first of these sorted keys that is at least `key`, in O(log n).
    func firstIndex(notBelow key: UInt64) -> Int {
        var (low, count) = (0, count)
        while count > 0 {
            let half = count / 2
            if self[low + half] < key {
                low += half + 1
                count -= half + 1
            } else {
                count = half
            }
        }
        return low
    }
}
