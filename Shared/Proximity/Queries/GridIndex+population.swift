internal import Geospatial
package import Models

/// The number of persons in a cell of the grid.
package struct CellPopulation: Sendable, Equatable {
    /// The cell's edges in degrees; at most 22.8 m wide and high, except near the poles.
    package let south: Double
    package let west: Double
    package let north: Double
    package let east: Double
    /// The number of persons who were last seen there.
    package let persons: Int
}

/// The cells where people were last seen.
package struct Population: Sendable, Equatable {
    /// The number of persons seen.
    package let persons: Int
    /// The cells with enough persons, the fullest first.
    package let cells: [CellPopulation]
}

extension GridIndex {
    /// The time of the latest location.
    package var latestTime: Timestamp? {
        guard let day = days?.upperBound else { return nil }
        var latest: Int64?
        for segment in segments where segment.day == day {
            let columns = segment.columns
            for position in 0..<columns.people.count where !erased.contains(columns.people.keys[position]) {
                let last = columns.trails[Int(columns.people.starts[position + 1]) - 1]
                latest = max(latest ?? 0, columns.offset(Int(last)))
            }
        }
        return latest.map { Timestamp(microseconds: day.microseconds + $0) }
    }

    /// Counts persons by the cell in which each was last seen.
    ///
    /// O(p log n) for p persons on the days of the window.
    ///
    /// - Parameters:
    ///   - window: the time window.
    ///   - least: the minimum number of persons in a cell; cells with fewer are left out.
    ///   - isCounted: whether a person counts at a time, in microseconds since 1970.
    /// - Returns: the total number of persons, and the cells.
    package func population(
        in window: TimeWindow,
        atLeast least: Int,
        where isCounted: (_ person: Int32, _ time: Int64) -> Bool = { _, _ in true }
    ) -> Population {
        struct Sight {
            let time: Int64
            let cell: Cell
        }
        struct Cell: Hashable {
            let south: Int64
            let west: Int64
        }
        var sights: [Int32: Sight] = [:]
        for (segment, times) in parts(in: window) {
            let columns = segment.columns
            for position in 0..<columns.people.count {
                let person = columns.people.keys[position]
                guard !erased.contains(person) else { continue }
                let trail = columns.trail(of: person)
                let end = times.map { times in trail.partitioningIndex { columns.offset(Int($0)) >= times.upperBound } }
                guard let place = (end ?? trail.count) > 0 ? (end ?? trail.count) - 1 : nil else { continue }
                let index = Int(trail[place])
                let offset = columns.offset(index)
                guard offset >= times?.lowerBound ?? 0 else { continue }
                let time = segment.day.microseconds + offset
                guard time > sights[person]?.time ?? .min, isCounted(person, time) else { continue }
                let cell = columns.cell(of: index)
                let corner = columns.corner(ofCellAt: cell)
                sights[person] = Sight(time: time, cell: Cell(south: corner.latitude, west: corner.longitude))
            }
        }
        let counts = sights.values.reduce(into: [Cell: Int]()) { $0[$1.cell, default: 0] += 1 }
        let full = counts.filter { $0.value >= least }.sorted {
            ($1.value, $0.key.south, $0.key.west) < ($0.value, $1.key.south, $1.key.west)
        }
        return Population(
            persons: sights.count,
            cells: full.map { cell, persons in
                let band = Int32(truncatingIfNeeded: (cell.south + IndexGrid.quarterTurn) >> IndexGrid.shift)
                return CellPopulation(
                    south: Double(cell.south) / 1e7,
                    west: Double(cell.west) / 1e7,
                    north: Double(min(cell.south + 1 << IndexGrid.shift, IndexGrid.quarterTurn)) / 1e7,
                    east: Double(cell.west + 1 << IndexGrid.columnShift(of: band)) / 1e7,
                    persons: persons
                )
            }
        )
    }
}
