#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// How much speaks for somebody at a measured distance as a companion or as one of the same group, not one of the crowd.
///
/// One of the crowd is as likely here as there: `density` persons a square metre. A companion stands beside the person, at a
/// deviation of less than a metre in each direction; as many stand further off in the same group. The measured distance is
/// normally distributed with that and both errors.
struct CompanionOdds: Sendable {
    /// By how much each companion that a person has makes it likelier than one of the crowd.
    let companion: Float
    /// The same of those further off in the group.
    let group: Float

    /// The least density, in persons a square metre: one person in a hectare.
    ///
    /// Where nobody else is seen within 20 m, others may still come by. After no event in an area A, a Gamma prior of shape a
    /// expects a density of a/A; a = 1/8 lies between Jeffreys' prior of a rate (1/2) and Haldane's (0).
    private static let leastDensity = 1e-4

    init(distance: Double, variance: Double, density: Double, settings: PresenceSettings) {
        let own = settings.companionDeviation * settings.companionDeviation
        let groups = settings.groupDeviation * settings.groupDeviation
        let crowd = max(density, Self.leastDensity)
        companion = Float(Self.density(at: distance, variance: variance + own) / crowd)
        group = Float(Self.density(at: distance, variance: variance + groups) / crowd)
    }

    /// The probability that it is a companion of a person who has so many.
    func share(companions: Float) -> Float {
        companions * companion / (1 + companions * (companion + group))
    }

    /// The probability that it is one further off in the group of a person who has so many companions.
    func groupShare(companions: Float) -> Float {
        companions * group / (1 + companions * (companion + group))
    }

    /// Of a normal distribution in the plane.
    private static func density(at distance: Double, variance: Double) -> Double {
        exp(-distance * distance / (2 * variance)) / (2 * Double.pi * variance)
    }
}

/// How likely it is that somebody at a measured distance is a companion or of the same group.
struct Companionship {
    /// The probability that it is a companion.
    let share: Double
    /// By how much a companion's true distance is smaller than the measured one, as a factor.
    let shrinkage: Double
    /// The probability that it is one of the same group further off.
    let groupShare: Double
    /// By how much the true distance of such a one is smaller, as a factor.
    let groupShrinkage: Double

    init(distance: Double, variance: Double, density: Double, companions: Double, settings: PresenceSettings) {
        let own = settings.companionDeviation * settings.companionDeviation
        let groups = settings.groupDeviation * settings.groupDeviation
        let odds = CompanionOdds(distance: distance, variance: variance, density: density, settings: settings)
        share = Double(odds.share(companions: Float(companions)))
        groupShare = Double(odds.groupShare(companions: Float(companions)))
        (shrinkage, groupShrinkage) = (own / (variance + own), groups / (variance + groups))
    }

    /// From which distance in metres on nobody is a companion of a stay whose place is known with a deviation.
    static func reach(_ deviation: Float, _ settings: PresenceSettings) -> Double {
        min(3 * Double(deviation * deviation * 2 + 1).squareRoot(), 20)
    }
}

/// How probable it is that two persons were close, given how far apart their places were measured and who else was there.
///
/// The other one is either anybody of the crowd: then the true distance has a Rice distribution around the measured one. Or it
/// is a companion or of the same group: then the true distance follows by Bayes' rule from where these stand. In a full hall a distance proves
/// little; in an empty corridor, the same distance proves much.
struct ClosenessModel: Sendable {
    /// What a measured distance proves.
    struct Verdict {
        /// That they were within the distance.
        let probability: Double
        /// That they were there because of each other.
        let companionship: Double
    }

    private let distance: Double
    private let settings: PresenceSettings
    private let table = RiceTable.shared

    /// Asks about a distance in metres.
    init(within distance: Double, settings: PresenceSettings) {
        self.distance = distance
        self.settings = settings
    }

    /// Judges a measured distance.
    ///
    /// - Parameters:
    ///   - measured: between the two estimated places, in metres.
    ///   - variance: the sum of both variances in each direction, in square metres.
    ///   - density: persons a square metre around the two.
    ///   - companions: how many companions a person has there.
    /// - Returns: what the distance proves.
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

    /// That they were within the distance, if the true distance is expected to be smaller by a factor.
    private func probability(_ measured: Double, _ variance: Double, shrunkenBy factor: Double) -> Double {
        table.probability(within: distance, distance: measured * factor, deviation: (variance * factor).squareRoot())
    }

    /// Beyond this distance nothing is looked at: places that are known so badly that they might be close tell nothing.
    var greatestReach: Double { distance + Self.reach }
    static let reach = 20.0

    /// From which distance on nothing is probable enough to be looked at.
    func reach(variance: Double) -> Double {
        min(distance + 2.5 * variance.squareRoot(), greatestReach)
    }
}
