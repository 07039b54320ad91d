internal import Geospatial

/// An index of moves by time and cell, to find the moves that may have a part in common.
///
/// It holds the place of each moving person every ten seconds. Two persons who walk together for twenty seconds are close at
/// two of these times.
struct MoveGrid: Sendable {
    private struct Entry {
        let key: UInt64
        let slot: Int64
        let place: Coordinate
        let move: Int32
        /// The move's variance in each direction, in square metres.
        let variance: Float
    }

    private let moves: [Move]
    private let entries: [Entry]
    private let keys: [UInt64]

    private static let slot: Int64 = 10_000_000
    private static let leastMoments = 2
    /// Maximum standard error of a place, in metres.
    ///
    /// A move with a larger error cannot prove a common way.
    private static let greatestError = 10.0

    init(_ moves: [Move]) {
        self.moves = moves
        var entries: [Entry] = []
        for (index, move) in moves.enumerated() where move.end - move.start >= CommonWay.minimumDuration {
            move.forEachPlace(every: Self.slot) { slot, place in
                entries.append(
                    Entry(
                        key: GridCell(place).searchKey(in: slot),
                        slot: slot,
                        place: place,
                        move: Int32(truncatingIfNeeded: index),
                        variance: move.deviation * move.deviation
                    )
                )
            }
        }
        self.entries = entries.sorted { ($0.key, $0.slot, $0.move) < ($1.key, $1.slot, $1.move) }
        keys = self.entries.map(\.key)
    }

    /// The other moves that come near a move, considering the errors of both.
    ///
    /// - Parameters:
    ///   - index: the move.
    ///   - distance: the maximum distance of two persons who are together, in metres.
    /// - Returns: the indices of the moves, in order.
    func neighbours(of index: Int, within distance: Double) -> [Int] {
        let move = moves[index]
        let own = move.deviation * move.deviation
        let greatest = distance + Self.greatestError
        var found: [Int] = []
        move.forEachPlace(every: Self.slot) { slot, place in
            let radii = LocalRadii(latitude: Double(place.latitude.rawValue))
            let north = radii.meridian * LocalRadii.radiansPerStep
            let east = radii.parallel * LocalRadii.radiansPerStep
            GridCell.forEachRun(in: BoundingBox(center: place, radius: greatest)) { run in
                let (low, high) = (run.lowerBound.searchKey(in: slot), run.upperBound.searchKey(in: slot))
                var entry = keys.firstIndex(notBelow: low)
                while entry < keys.count, keys[entry] <= high {
                    let candidate = entries[entry]
                    entry += 1
                    // Slots that are far apart may share keys.
                    guard candidate.move != index, candidate.slot == slot else { continue }
                    let error = 2 * Double(own + candidate.variance).squareRoot()
                    let limit = distance + min(error, Self.greatestError)
                    let y = Double(candidate.place.latitude.rawValue - place.latitude.rawValue) * north
                    let way = Int64(candidate.place.longitude.rawValue) - Int64(place.longitude.rawValue)
                    let x = Double(way.wrappedLongitude) * east
                    if x * x + y * y <= limit * limit { found.append(Int(candidate.move)) }
                }
            }
        }
        found.sort()
        return found.indices.filter { place in
            (place == 0 || found[place - 1] != found[place]) && place + Self.leastMoments <= found.count
                && found[place + Self.leastMoments - 1] == found[place]
        }.map { found[$0] }
    }
}

extension Move {
    /// Calls `visit` with the place at the middle of each time slot that the move covers.
    fileprivate func forEachPlace(every length: Int64, _ visit: (_ slot: Int64, _ place: Coordinate) -> Void) {
        var slot = (start - length / 2) / length
        while slot * length + length / 2 <= end {
            if slot * length + length / 2 >= start { visit(slot, coordinate(at: slot * length + length / 2)) }
            slot += 1
        }
    }
}
