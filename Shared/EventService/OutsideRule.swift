package import ServiceRuntime
package import Venue

/// Whether locations outside every event are kept, by the settings `KEEP_OUTSIDE`, `OUTSIDE_MARGIN` and `OUTSIDE_TIME_MARGIN`.
package struct OutsideRule: Sendable {
    /// Whether locations are kept wherever they are.
    package let keepsAll: Bool
    /// The margin around venues and opening hours.
    package let margin: EventCover.Margin

    package init(keepsAll: Bool, margin: EventCover.Margin) {
        (self.keepsAll, self.margin) = (keepsAll, margin)
    }

    /// Reads the settings.
    package init(_ reader: inout EnvironmentReader) {
        keepsAll = reader.boolean(
            "KEEP_OUTSIDE",
            default: true,
            "Whether to keep locations outside the venue and the opening hours of every event; all services need the same value."
        )
        let metres = reader.integer(
            "OUTSIDE_MARGIN",
            default: 100,
            in: 0...100_000,
            "Metres around a venue within which locations are kept although KEEP_OUTSIDE is no."
        )
        let time = reader.duration(
            "OUTSIDE_TIME_MARGIN",
            default: .seconds(3_600),
            in: .seconds(0)...(.seconds(30 * 86_400)),
            "Time around opening hours within which locations are kept although KEEP_OUTSIDE is no."
        )
        margin = EventCover.Margin(metres: Double(metres), time: Int64(time / .microseconds(1)))
    }
}
