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
    /// A stay begins a visit from this probability on.
    package var enter = 0.5
    /// A visit goes on while stays have this probability at least.
    package var leave = 0.25
    /// The longest absence that does not end a visit, in seconds.
    package var gap = 120.0
    /// The shortest visit, in seconds.
    package var least = 60.0
    /// How many times likelier a stay is in a booth than on free floor of the same size: people stand where there is something
    /// to see.
    package var boothAttraction = 8.0

    package init() {}
}
