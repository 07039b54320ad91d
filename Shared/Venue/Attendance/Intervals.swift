internal import Proximity

/// Disjoint intervals of time in ascending order, in microseconds since 1970.
package struct Intervals: Hashable, Sendable {
    /// The intervals; no two of them touch.
    package private(set) var ranges: [Range<Int64>] = []

    /// Merges intervals in any order.
    ///
    /// O(n log n).
    package init(_ parts: some Sequence<Range<Int64>>) {
        for part in parts.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, part.lowerBound <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, part.upperBound)
            } else {
                ranges.append(part)
            }
        }
    }

    /// The total length in seconds.
    package var seconds: Double { Double(ranges.reduce(0) { $0 + $1.upperBound - $1.lowerBound }) / 1_000_000 }

    /// The parts within another interval.
    ///
    /// O(log n + parts).
    package func clamped(to range: Range<Int64>) -> Intervals {
        let first = ranges.partitioningIndex { $0.upperBound > range.lowerBound }
        return Intervals(ranges[first...].prefix { $0.lowerBound < range.upperBound }.map { $0.clamped(to: range) })
    }

    /// The times that both have.
    ///
    /// O(n + m).
    package func intersection(_ other: Intervals) -> Intervals {
        var common: [Range<Int64>] = []
        var (one, two) = (ranges[...], other.ranges[...])
        while let first = one.first, let second = two.first {
            common.append(first.clamped(to: second))
            if first.upperBound < second.upperBound { one.removeFirst() } else { two.removeFirst() }
        }
        return Intervals(common)
    }

    /// The times that the other does not have.
    ///
    /// O(n × m).
    package func subtracting(_ other: Intervals) -> Intervals {
        other.ranges.reduce(self) { rest, hole in
            Intervals(
                rest.ranges.flatMap { range in
                    [
                        range.lowerBound..<max(range.lowerBound, min(range.upperBound, hole.lowerBound)),
                        min(range.upperBound, max(range.lowerBound, hole.upperBound))..<range.upperBound,
                    ]
                }
            )
        }
    }
}
