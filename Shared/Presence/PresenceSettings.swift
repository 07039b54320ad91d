/// The model's assumptions about people and devices.
///
/// Some values were fitted to the simulated event and the hospital ward of `scripts/bench meetings`. Its high school data is the
/// hold-out set.
package struct PresenceSettings: Hashable, Sendable {
    /// The accuracy assumed for a device that states none: the radius in metres that holds 68 % of its errors.
    package var assumedAccuracy = 20.0
    /// Maximum time between two fixes of one stay, in seconds.
    package var longestStayGap = 1_200.0
    /// Maximum time between two fixes of one move, in seconds.
    package var longestMoveGap = 360.0
    /// Minimum speed of a move, in metres a second.
    ///
    /// A slower person has rested between the two fixes.
    package var slowestMove = 0.5
    /// How fast people walk indoors, in metres a second.
    package var walkingSpeed = 1.3
    /// Maximum speed of travel, in metres a second.
    package var greatestSpeed = 100.0
    /// Time in which a device's error decays to 1/e, in seconds.
    ///
    /// The device's own fixes refine it.
    package var errorPersistence = 80.0
    /// Mean duration of a stay, in seconds.
    package var meanStay = 600.0

    /// Prior for the number of companions that a person has at a place; the data of the place refine it.
    ///
    /// The model assumes as many people further off in the same group.
    package var companions = 0.22
    /// Standard deviation of a companion's place in each direction, in metres.
    ///
    /// The mean distance is 1.25 times that.
    package var companionDeviation = 0.75
    /// Standard deviation of the place of a group member further off, in each direction, in metres.
    package var groupDeviation = 2.0

    /// Creates the default settings.
    package init() {}

    /// The radius that holds 68 % of the errors, in standard deviations of one direction: √(−2 ln 0.32).
    static let deviationsOfAccuracy = 1.509_6
}
