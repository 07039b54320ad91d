/// A purpose for which a person's data may be used, once the person has agreed; no other person can agree to it.
package enum ConsentPurpose: String, CaseIterable, Sendable {
    /// Locations are taken.
    case locate
    /// Meetings with the person are shown to those who met them.
    case meet
    /// Those who met the person see the name.
    case identify
    /// Those who met the person see where.
    case place
    /// The person counts in figures.
    case statistics
    /// The person is listed for other attendees.
    case directory
    /// Those who met the person earlier learn that the person is near, and the person learns of them.
    case nudge

    /// The version of the text that persons agree to; a new text needs a new consent.
    package static let textVersion = 1
}

/// What a person has agreed to, and since when.
package struct Consents: Equatable, Sendable {
    /// The time of each consent that holds.
    package var since: [ConsentPurpose: Timestamp]

    /// No consent.
    package init(since: [ConsentPurpose: Timestamp] = [:]) {
        self.since = since
    }

    /// Whether a consent holds, and held at a moment; a consent does not count for the time before it.
    package func allow(_ purpose: ConsentPurpose, at moment: Timestamp) -> Bool {
        since[purpose].map { $0 <= moment } ?? false
    }
}
