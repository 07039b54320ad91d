internal import Geospatial
internal import Models

extension EncounterRule {
    /// Whether two people come close enough for a meeting to begin.
    func isEntry(_ pair: CoPresence) -> Bool {
        pair.isWithin(radius.metres)
    }

    /// Whether those who have come close have not left.
    func isStay(_ pair: CoPresence) -> Bool {
        pair.isWithin(leavingRadius)
    }

    /// Whether the phones knew their places well enough for a distance between them to prove anything.
    ///
    /// At most four times the radius, or 20 m, which is what phones reach between houses: two people who stand together are
    /// then found within a small radius at all.
    func isAccurate(_ pair: CoPresence) -> Bool {
        let limit = max(4 * radius.metres, 20)
        return Self.squaredUncertainty(pair) <= limit * limit
    }

    /// Whether both locations prove anything, as far as they tell themselves.
    func isPlausible(_ pair: CoPresence) -> Bool {
        plausibility.doubt(of: pair.own) == nil && plausibility.doubt(of: pair.other) == nil
    }

    /// How sure it is that two people were within the radius of each other, in millionths.
    ///
    /// r / (d + u), but never more than 1. Whole numbers, so that the sum of many does not depend on their order.
    func certainty(of pair: CoPresence) -> Int64 {
        let reach = pair.distance + Self.squaredUncertainty(pair).squareRoot()
        guard reach > radius.metres else { return 1_000_000 }
        return Int64((radius.metres / reach * 1_000_000).rounded())
    }

    /// The square of the radius that holds the error of a distance with a probability of 68 %.
    ///
    /// The two phones' errors are independent, so the squares of theirs add up. A phone that gave none is believed.
    private static func squaredUncertainty(_ pair: CoPresence) -> Double {
        let own = Double(pair.own.report.accuracy?.metres ?? 0)
        let other = Double(pair.other.report.accuracy?.metres ?? 0)
        return own * own + other * other
    }
}

extension CoPresence {
    /// Whether the two lie within a radius: the verdict of contacts, PostGIS's to the last bit.
    ///
    /// The distance decides unless it comes within a millimetre of the radius; only then is the geodesic asked for.
    func isWithin(_ radius: Double) -> Bool {
        let difference = distance - radius
        if abs(difference) > 0.001 { return difference < 0 }
        let (own, other) = (own.report, other.report)
        // The order must not matter, so it is always the same.
        return own.personID < other.personID
            ? Geodesic.distance(from: own.coordinate, to: other.coordinate) <= radius
            : Geodesic.distance(from: other.coordinate, to: own.coordinate) <= radius
    }
}
