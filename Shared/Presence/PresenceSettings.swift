/// What the model assumes about people and devices.
///
/// Some values were chosen by the simulated event and the hospital ward of `scripts/bench meetings`; its high school was kept
/// aside.
package struct PresenceSettings: Hashable, Sendable {
    /// What a device is taken to know that states no accuracy: the radius in metres that holds 68 %.
    package var assumedAccuracy = 20.0
    /// How long two fixes that agree in place may be apart to be one stay, in seconds.
    package var longestStayGap = 1_200.0
    /// How long two fixes may be apart to be one move, in seconds, if people go as fast.
    package var longestMoveGap = 360.0
    /// Whoever is slower between two fixes, in metres a second, has rested in between.
    package var slowestMove = 0.5
    /// How fast people walk indoors, in metres a second.
    package var walkingSpeed = 1.3
    /// Nobody travels faster, in metres a second.
    package var greatestSpeed = 100.0
    /// The time after which 1/e of a device's error is left, in seconds, before its own fixes tell more.
    package var errorPersistence = 80.0
    /// How long people stay at a place on average, in seconds.
    package var meanStay = 600.0

    /// How many companions a person has at a place, before the place shows more.
    ///
    /// As many stand further off in the same group.
    package var companions = 0.22
    /// How far apart companions stand: the deviation in each direction, in metres; the mean distance is 1.25 times that.
    package var companionDeviation = 0.75
    /// The same of those who stand further off in the same group.
    package var groupDeviation = 2.0

    /// The standard settings.
    package init() {}

    /// 68 % of the errors of a fix are shorter than so many standard deviations in one direction: √(−2 ln 0.32).
    static let deviationsOfAccuracy = 1.509_6
}
