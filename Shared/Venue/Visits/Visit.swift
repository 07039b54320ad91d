/// A person's time in a zone.
package struct Visit: Hashable, Sendable {
    /// The index of the zone in ``VenuePlan/zones``.
    package let zone: Int
    /// The start in microseconds since 1970.
    package let start: Int64
    /// The end in microseconds since 1970.
    package let end: Int64
    /// The probability that the person was in the zone, averaged over the stays by their time.
    package let probability: Double
    /// The number of stays that the visit consists of.
    package let stays: Int

    package init(zone: Int, start: Int64, end: Int64, probability: Double, stays: Int) {
        (self.zone, self.start, self.end) = (zone, start, end)
        (self.probability, self.stays) = (probability, stays)
    }

    /// The duration in seconds.
    package var seconds: Double { Double(end - start) / 1_000_000 }

    /// The part within a time range; `nil` if there is no such part.
    package func clamped(to window: Range<Int64>) -> Visit? {
        let (start, end) = (max(start, window.lowerBound), min(end, window.upperBound))
        guard start < end else { return nil }
        return Visit(zone: zone, start: start, end: end, probability: probability, stays: stays)
    }
}

/// The conditions for a visit.
package struct VisitRule: Hashable, Sendable {
    /// Minimum probability of a stay to start a visit.
    package var enter = 0.5
    /// Minimum probability of a stay to continue a visit (hysteresis).
    package var leave = 0.25
    /// Maximum absence within a visit, in seconds.
    package var gap = 120.0
    /// Minimum duration of a visit, in seconds.
    package var least = 60.0
    /// Ratio of the probability of a stay in a booth to that on free floor of the same size, because people stop at booths.
    package var boothAttraction = 16.0
    /// Probability that a device is in a zone whose transmitter it noticed.
    package var hintCertainty = 0.95
    /// Maximum time from a stay to a sighting that supports it, in seconds.
    package var hintMargin = 60.0
    /// Maximum distance from a stay to a zone whose transmitter was noticed, in metres; farther ones were carried away.
    package var hintReach = 200.0

    package init() {}
}
