internal import Geospatial

extension GridCell {
    /// The search key of this cell in a time slot.
    ///
    /// Adjacent cells in one slot have adjacent keys.
    ///
    /// Slots with equal lower 23 bits share keys.
    func searchKey(in slot: Int64) -> UInt64 {
        UInt64(truncatingIfNeeded: slot) << 41 | UInt64(truncatingIfNeeded: rawValue)
    }
}

extension Array where Element == UInt64 {
    /// The index of the first key that is at least `key`, by binary search.
    ///
    /// The keys must be sorted.
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
