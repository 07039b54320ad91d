internal import Geospatial

/// The segments of one person, merged from all of the person's devices.
package struct PersonSegments: Hashable, Sendable {
    /// The stays in the order of their starts.
    package let stays: [Stay]
    /// The moves in the order of their starts.
    package let moves: [Move]

    /// Maximum distance between two estimates of one place, in standard deviations.
    private static let agreement = 3.0

    /// Takes segments as they are, both in the order of their starts.
    package init(stays: [Stay], moves: [Move]) {
        (self.stays, self.moves) = (stays, moves)
    }

    /// The segments that overlap one of several time ranges, with their whole lengths.
    package func during(_ times: [Range<Int64>]) -> PersonSegments {
        PersonSegments(
            stays: stays.filter { stay in times.contains { stay.start < $0.upperBound && stay.end >= $0.lowerBound } },
            moves: moves.filter { move in times.contains { move.start < $0.upperBound && move.end >= $0.lowerBound } }
        )
    }

    /// Merges the chunks of a person.
    ///
    /// Stays on both sides of a chunk's border become one stay if their places agree. The same holds for overlapping stays of two
    /// devices. Stays that disagree remain separate, because nothing shows which device the person carried.
    ///
    /// - Parameters:
    ///   - chunks: the chunks of each device, in order of time.
    ///   - settings: the model's assumptions.
    package init(_ chunks: [[TrailChunk]], settings: PresenceSettings = PresenceSettings()) {
        let devices = chunks.map { Self.joined($0, settings) }
        var all = devices.first ?? []
        for stays in devices.dropFirst() { all = Self.merged(all, stays) }
        stays = all.sorted { ($0.start, $0.end, $0.key) < ($1.start, $1.end, $1.key) }
        moves = chunks.flatMap { $0.flatMap(\.moves) }.sorted { ($0.start, $0.key) < ($1.start, $1.key) }
    }

    private static func joined(_ chunks: [TrailChunk], _ settings: PresenceSettings) -> [Stay] {
        var stays: [Stay] = []
        for chunk in chunks {
            guard var next = chunk.stays.first, let place = stays.indices.last else {
                stays += chunk.stays
                continue
            }
            let elapsed = Double(next.start - stays[place].end) / 1_000_000
            if elapsed <= settings.longestStayGap {
                if stays[place].agrees(with: next, within: agreement) {
                    stays[place] = stays[place].merged(with: next)
                    stays += chunk.stays.dropFirst()
                    continue
                }
                let way = Geodesic.nearbyDistance(from: stays[place].coordinate, to: next.coordinate)
                let fringe = Float(max(0, elapsed - way / settings.walkingSpeed))
                stays[place].fringeBehind = fringe
                next.fringeBefore = fringe
            }
            stays.append(next)
            stays += chunk.stays.dropFirst()
        }
        return stays
    }

    private static func merged(_ one: [Stay], _ other: [Stay]) -> [Stay] {
        var all = one
        for stay in other {
            let partner = all.indices.filter { index in
                all[index].key != stay.key && min(all[index].end, stay.end) > max(all[index].start, stay.start)
                    && all[index].agrees(with: stay, within: agreement)
            }.max { Self.common(all[$0], stay) < Self.common(all[$1], stay) }
            if let partner {
                all[partner] = all[partner].merged(with: stay)
            } else {
                all.append(stay)
            }
        }
        return all
    }

    private static func common(_ one: Stay, _ other: Stay) -> Int64 {
        min(one.end, other.end) - max(one.start, other.start)
    }
}

extension Stay {
    /// Whether two estimates may belong to one place.
    fileprivate func agrees(with other: Stay, within deviations: Double) -> Bool {
        let variance = Double(deviation * deviation + other.deviation * other.deviation)
        let distance = Geodesic.nearbyDistance(from: coordinate, to: other.coordinate)
        return distance * distance <= deviations * deviations * variance
    }

    /// Merges two stays at one place: from the earlier start to the later end, with the places weighted by their precision.
    fileprivate func merged(with other: Stay) -> Stay {
        let (own, its) = (1 / Double(deviation * deviation), 1 / Double(other.deviation * other.deviation))
        let (first, last) = (start <= other.start ? self : other, end >= other.end ? self : other)
        return Stay(
            key: key,
            start: first.start,
            end: last.end,
            coordinate: coordinate.point(towards: other.coordinate, share: its / (own + its)),
            deviation: Float((1 / (own + its)).squareRoot()),
            fixes: fixes &+ other.fixes,
            fringeBefore: first.fringeBefore,
            fringeBehind: last.fringeBehind
        )
    }
}
