/// The candidate starts of a partition's last stay, with the cost of the stay from each.
///
/// This is the inner loop of ``Segmentation``. All numbers are stored as columns of one array, so that the loop vectorises.
struct StayStarts {
    private var samples: [Int] = []
    private var columns: [Double]
    private let capacity: Int
    private var looks = 0

    /// Number of starts in a block.
    private static let block = 8
    /// Number of searches between two prunings.
    ///
    /// Dropping a start costs more than evaluating it again.
    private static let looksBetweenDrops = 8

    /// Allocates the columns.
    ///
    /// - Parameter capacity: the number of samples.
    init(capacity: Int) {
        self.capacity = Self.wholeBlocks(capacity)
        columns = [Double](repeating: 1, count: Column.count * self.capacity)
        for place in 0..<self.capacity { columns[place] = .infinity }
        samples.reserveCapacity(capacity)
    }

    private static func wholeBlocks(_ count: Int) -> Int { (count + block - 1) / block * block }

    /// The stored values of a start.
    private enum Column: Int {
        case base
        case information
        case momentX
        case momentY
        /// The cost of the stay from the start to the last evaluated sample.
        case total

        static let count = 5
    }

    private func place(_ column: Column, _ index: Int) -> Int { column.rawValue * capacity + index }

    /// Adds a start at a sample.
    mutating func add(_ start: Int, base: Double, _ costs: StayCosts, _ sample: Sample) {
        let index = samples.count
        let weight = costs.weights[start]
        columns[place(.base, index)] = base
        columns[place(.information, index)] = weight - costs.information[start]
        columns[place(.momentX, index)] = weight * sample.point.x - costs.momentsX[start]
        columns[place(.momentY, index)] = weight * sample.point.y - costs.momentsY[start]
        columns[place(.total, index)] = -.infinity
        samples.append(start)
    }

    mutating func removeAll() { forget(from: 0) }

    /// Removes the starts from an index on.
    ///
    /// The remaining slots of their block get an infinite cost.
    private mutating func forget(from index: Int) {
        for place in index..<samples.count {
            columns[self.place(.base, place)] = .infinity
            columns[self.place(.information, place)] = 1
            columns[self.place(.momentX, place)] = 0
            columns[self.place(.momentY, place)] = 0
        }
        samples.removeLast(samples.count - index)
    }

    /// The start with the lowest cost, the earliest one of a tie; `nil` without a start.
    ///
    /// - Parameters:
    ///   - sum: the sum of ``StayCosts/information`` up to the last sample.
    ///   - sumX: the same of ``StayCosts/momentsX``.
    ///   - sumY: the same of ``StayCosts/momentsY``.
    /// - Returns: the cost without ``StayCosts/squares``, and the index of the first sample.
    mutating func best(_ sum: Double, _ sumX: Double, _ sumY: Double) -> (cost: Double, start: Int)? {
        guard !samples.isEmpty else { return nil }
        let (count, capacity) = (Self.wholeBlocks(samples.count), capacity)
        let (least, index) = columns.withUnsafeMutableBufferPointer { columns in
            func column(_ column: Column) -> UnsafeMutableBufferPointer<Double> {
                let first = column.rawValue * capacity
                return UnsafeMutableBufferPointer(rebasing: columns[first..<first + count])
            }
            let (bases, information) = (column(.base), column(.information))
            let (momentsX, momentsY, totals) = (column(.momentX), column(.momentY), column(.total))
            for index in 0..<count {
                let (x, y) = (momentsX[index] + sumX, momentsY[index] + sumY)
                totals[index] = bases[index] - (x * x + y * y) / (information[index] + sum)
            }
            return Self.least(of: totals)
        }
        return (least, samples[index])
    }

    /// The lowest total of some blocks, and its first index.
    private static func least(of totals: UnsafeMutableBufferPointer<Double>) -> (least: Double, index: Int) {
        var (least, first) = (Double.infinity, 0)
        for index in stride(from: 0, to: totals.count, by: block) {
            // Four independent minima at a time.
            let one = min(min(totals[index], totals[index + 1]), min(totals[index + 2], totals[index + 3]))
            let other = min(min(totals[index + 4], totals[index + 5]), min(totals[index + 6], totals[index + 7]))
            if min(one, other) < least { (least, first) = (min(one, other), index) }
        }
        return (least, totals[first...].firstIndex(of: least) ?? first)
    }

    /// Drops the starts whose cost exceeds a bound, at once or with one of the next samples.
    mutating func prune(above bound: Double) {
        looks += 1
        guard looks % Self.looksBetweenDrops == 0 else { return }
        var kept = 0
        for index in samples.indices where columns[place(.total, index)] <= bound {
            if kept < index {
                samples[kept] = samples[index]
                for column in 0..<Column.count {
                    columns[column * capacity + kept] = columns[column * capacity + index]
                }
            }
            kept += 1
        }
        forget(from: kept)
    }
}
