internal import Glibc

/// Likelihood ratios for a person at a measured distance: companion or group member, each against a stranger.
///
/// Strangers are spread evenly, `density` persons a square metre. A companion stands beside the person, with a standard
/// deviation of less than a metre in each direction. As many group members stand further off. The measured distance is normally
/// distributed with these deviations and the errors of both places.
struct CompanionOdds: Sendable {
    /// The likelihood ratio of companion to stranger, for one companion.
    let companion: Float
    /// The likelihood ratio of group member to stranger, for one group member.
    let group: Float

    /// Minimum density, in persons a square metre: one person in a hectare.
    ///
    /// Strangers may still come by where no other person is seen within 20 m. After no event in an area A, a Gamma prior of shape a
    /// gives an expected density of a/A. The value a = 1/8 lies between Jeffreys' prior of a rate (1/2) and Haldane's (0).
    private static let leastDensity = 1e-4

    init(distance: Double, variance: Double, density: Double, settings: PresenceSettings) {
        let own = settings.companionDeviation * settings.companionDeviation
        let groups = settings.groupDeviation * settings.groupDeviation
        let crowd = max(density, Self.leastDensity)
        companion = Float(Self.density(at: distance, variance: variance + own) / crowd)
        group = Float(Self.density(at: distance, variance: variance + groups) / crowd)
    }

    /// The probability that the other is a companion, given the person's number of companions.
    func share(companions: Float) -> Float {
        companions * companion / (1 + companions * (companion + group))
    }

    /// The probability that the other is a group member, given the person's number of companions.
    func groupShare(companions: Float) -> Float {
        companions * group / (1 + companions * (companion + group))
    }

    /// The density of a normal distribution on the plane.
    private static func density(at distance: Double, variance: Double) -> Double {
        exp(-distance * distance / (2 * variance)) / (2 * Double.pi * variance)
    }
}

/// The probabilities that a person at a measured distance is a companion or a group member.
struct Companionship {
    /// The probability of a companion.
    let share: Double
    /// The ratio of a companion's expected true distance to the measured one.
    let shrinkage: Double
    /// The probability of a group member further off.
    let groupShare: Double
    /// The ratio of a group member's expected true distance to the measured one.
    let groupShrinkage: Double

    init(distance: Double, variance: Double, density: Double, companions: Double, settings: PresenceSettings) {
        let own = settings.companionDeviation * settings.companionDeviation
        let groups = settings.groupDeviation * settings.groupDeviation
        let odds = CompanionOdds(distance: distance, variance: variance, density: density, settings: settings)
        share = Double(odds.share(companions: Float(companions)))
        groupShare = Double(odds.groupShare(companions: Float(companions)))
        (shrinkage, groupShrinkage) = (own / (variance + own), groups / (variance + groups))
    }

    /// Maximum distance in metres of a companion, for a stay whose place has the given standard deviation.
    static func reach(_ deviation: Float, _ settings: PresenceSettings) -> Double {
        min(3 * Double(deviation * deviation * 2 + 1).squareRoot(), 20)
    }
}

/// Computes how probable it is that two persons were close, from their measured distance and the crowd around them.
///
/// The other person may be a stranger: then the true distance has a Rice distribution around the measured one. Or the other is
/// a companion or group member: then the true distance follows by Bayes' rule from the places where these stand. Hence
/// a distance is weak evidence in a full hall, but strong evidence in an empty corridor.
struct ClosenessModel: Sendable {
    /// The conclusion from a measured distance.
    struct Verdict {
        /// The probability that the two were within the distance.
        let probability: Double
        /// The probability that the two were together on purpose.
        let companionship: Double
    }

    private let distance: Double
    private let settings: PresenceSettings
    private let table = RiceTable.shared

    /// Creates a model for a distance in metres.
    init(within distance: Double, settings: PresenceSettings) {
        self.distance = distance
        self.settings = settings
    }

    /// Evaluates a measured distance.
    ///
    /// - Parameters:
    ///   - measured: between the two estimated places, in metres.
    ///   - variance: the sum of both variances in each direction, in square metres.
    ///   - density: persons a square metre around the two.
    ///   - companions: the number of companions that a person has there.
    /// - Returns: the two probabilities.
    func verdict(measured: Double, variance: Double, density: Double, companions: Double) -> Verdict {
        let companionship = Companionship(
            distance: measured,
            variance: variance,
            density: density,
            companions: companions,
            settings: settings
        )
        let asCrowd = table.probability(within: distance, distance: measured, deviation: variance.squareRoot())
        let asCompanion = probability(measured, variance, shrunkenBy: companionship.shrinkage)
        let asGroup = probability(measured, variance, shrunkenBy: companionship.groupShrinkage)
        let gain = companionship.share * (asCompanion - asCrowd) + companionship.groupShare * (asGroup - asCrowd)
        return Verdict(probability: asCrowd + gain, companionship: companionship.share)
    }

    /// The probability of being within the distance, if the expected true distance is the measured one times a factor.
    private func probability(_ measured: Double, _ variance: Double, shrunkenBy factor: Double) -> Double {
        table.probability(within: distance, distance: measured * factor, deviation: (variance * factor).squareRoot())
    }

    /// Maximum search distance.
    ///
    /// Places with larger errors say nothing about closeness.
    var greatestReach: Double { distance + Self.reach }
    static let reach = 20.0

    /// Search distance for a variance; beyond it, no meeting is probable enough.
    func reach(variance: Double) -> Double {
        min(distance + 2.5 * variance.squareRoot(), greatestReach)
    }
}
