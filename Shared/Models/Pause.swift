/// A time from which a person wants no locations kept.
package struct Pause: Hashable, Sendable {
    /// The longest pause with an end, in minutes: a week.
    package static let maximumMinutes = 10_080
    /// The longest time that can be forgotten, in minutes: a day.
    package static let maximumPastMinutes = 1_440

    /// Its beginning.
    package let begins: Timestamp
    /// Its end; `nil` if it goes on until the person ends it.
    package let ends: Timestamp?

    package init(begins: Timestamp, ends: Timestamp?) {
        self.begins = begins
        self.ends = ends
    }

    /// Whether the pause goes on.
    ///
    /// No pause begins in the future, so a clock that is behind the database's does not matter.
    package func isOn(at now: Timestamp) -> Bool {
        ends.map { now < $0 } ?? true
    }

    /// Whether a time lies in it.
    package func contains(_ time: Timestamp) -> Bool {
        begins <= time && isOn(at: time)
    }
}
