/// Decides which counts of persons an organiser sees.
///
/// A count is published if at least five persons are behind it, and rounded to a multiple of five. In a series, a published count
/// stays published down to four persons, so that the fifth person's arrival or departure shows less often. Hidden
/// counts and zero look the same.
package enum Disclosure {
    /// The minimum number of persons behind a published figure.
    package static let leastPersons = 5
    /// The minimum number of persons if the figure before in the series was published.
    private static let leastPersonsAfterwards = 4
    /// Published counts are multiples of this.
    package static let step = 5

    /// The published count; `nil` if it is hidden.
    package static func published(_ persons: Int) -> Int? {
        persons >= leastPersons ? rounded(persons) : nil
    }

    /// The published counts of a series.
    package static func published(series: some Sequence<Int>) -> [Int?] {
        var wasPublished = false
        return series.map { persons in
            wasPublished = persons >= (wasPublished ? leastPersonsAfterwards : leastPersons)
            return wasPublished ? rounded(persons) : nil
        }
    }

    /// The value at a share from 0 to 1 of sorted values, of which there is at least one.
    static func quantile<Value>(_ share: Double, of sorted: [Value]) -> Value {
        sorted[Int((share * Double(sorted.count - 1)).rounded())]
    }

    /// The nearest multiple of ``step``, at least one step.
    static func rounded(_ persons: Int) -> Int {
        max(step, (persons + step / 2) / step * step)
    }
}
