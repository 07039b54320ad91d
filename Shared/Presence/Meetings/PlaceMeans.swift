internal import Geospatial
internal import Models

/// Means of a value by hour and cell, weighted by the time that each stay spends there.
struct PlaceMeans: Sendable {
    private struct Visit: Sendable {
        let key: UInt64
        let stay: Int32
        let seconds: Double
    }

    private struct Place {
        /// The sum of value times seconds, and the seconds.
        var sum: Double
        var seconds: Double
    }

    private let visits: [Visit]
    /// The keys of the places, in order.
    private let keys: [UInt64]
    private var places: [Place] = []

    private static let hour: Int64 = 3_600_000_000

    /// Collects the hours and cells of the stays.
    init(_ stays: [Stay]) {
        var visits: [Visit] = []
        visits.reserveCapacity(stays.count * 2)
        for (index, stay) in stays.enumerated() {
            let cell = GridCell(stay.coordinate)
            for hour in Self.hours(of: stay) {
                let start = hour * Self.hour
                visits.append(
                    Visit(
                        key: cell.searchKey(in: hour),
                        stay: Int32(truncatingIfNeeded: index),
                        seconds: Double(min(stay.latest, start + Self.hour) - max(stay.earliest, start)) / 1_000_000
                    )
                )
            }
        }
        self.visits = visits.sorted { ($0.key, $0.stay) < ($1.key, $1.stay) }
        var keys: [UInt64] = []
        for visit in self.visits where keys.last != visit.key { keys.append(visit.key) }
        self.keys = keys
    }

    /// Averages a value of each stay.
    mutating func average(_ values: [Float]) {
        places = [Place](repeating: Place(sum: 0, seconds: 0), count: keys.count)
        var place = 0
        for visit in visits {
            if keys[place] != visit.key { place += 1 }
            places[place].sum += visit.seconds * Double(values[Int(visit.stay)])
            places[place].seconds += visit.seconds
        }
    }

    /// The mean around a stay, and the number of persons there during its hours.
    func mean(around stay: Stay, within radius: Double) -> (mean: Double, persons: Double) {
        let box = BoundingBox(center: stay.coordinate, radius: radius)
        let hours = Self.hours(of: stay)
        var (sum, seconds) = (0.0, 0.0)
        GridCell.forEachRun(in: box) { run in
            for hour in hours {
                let high = run.upperBound.searchKey(in: hour)
                var place = keys.firstIndex(notBelow: run.lowerBound.searchKey(in: hour))
                while place < keys.count, keys[place] <= high {
                    sum += places[place].sum
                    seconds += places[place].seconds
                    place += 1
                }
            }
        }
        return (sum / max(seconds, 1), seconds / (3_600 * Double(hours.count)))
    }

    private static func hours(of stay: Stay) -> ClosedRange<Int64> {
        stay.earliest.dividedRoundingDown(by: hour)...stay.latest.dividedRoundingDown(by: hour)
    }
}
