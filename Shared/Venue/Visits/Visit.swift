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

    /// The duration in seconds.
    package var seconds: Double { Double(end - start) / 1_000_000 }
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
    package var boothAttraction = 8.0

    package init() {}
}
