internal import Geospatial
internal import Models
internal import Presence

/// Estimates in which zones a stay was.
///
/// Bayes' rule combines the uncertain place with the knowledge that people stop at booths. A noticed transmitter outweighs the
/// place: it is near certain that the device was in the zone of the transmitter, or in one of them by the shares of their
/// sightings. This raises the zones around and lowers the zones elsewhere; it says nothing about zones inside.
struct StayZones {
    let plan: VenuePlan
    let reader: VenueReader
    let rule: VisitRule

    /// The zones of a stay with a probability above 0, in ascending order.
    func likelihoods(of stay: Stay, _ sightings: ZoneSightings) -> [VenueReader.Likelihood] {
        let byPlace = likelihoods(of: stay)
        let margin = Int64(rule.hintMargin * 1_000_000)
        let shares = sightings.shares(during: stay.start - margin...stay.end + margin)
            .filter { isWithinReach($0.key, of: stay, byPlace) }
        guard !shares.isEmpty else { return byPlace }
        // A sighting of a zone is also one of the zones around it, unless these were seen themselves.
        var certainty = shares.mapValues { $0 * rule.hintCertainty }
        for (zone, share) in shares.sorted(by: { $0.key < $1.key }) {
            for outer in plan.ancestors[zone] where shares[outer] == nil {
                certainty[outer, default: 0] += share * rule.hintCertainty
            }
        }
        let rest = 1 - rule.hintCertainty
        var probabilities = Dictionary(uniqueKeysWithValues: byPlace.map { ($0.zone, $0.probability) })
        for zone in Set(probabilities.keys).union(certainty.keys) {
            let place = probabilities[zone] ?? 0
            if let certainty = certainty[zone] {
                probabilities[zone] = min(1, max(place, certainty + rest * place))
            } else if !plan.ancestors[zone].contains(where: { shares[$0] != nil }) {
                probabilities[zone] = rest * place
            }
        }
        return probabilities.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { VenueReader.Likelihood(zone: $0.key, probability: $0.value) }
    }

    /// The zones of a stay by its place alone.
    private func likelihoods(of stay: Stay) -> [VenueReader.Likelihood] {
        let found = reader.likelihoods(around: stay.coordinate, deviation: Double(stay.deviation))
        let inBooths = found.reduce(0) { $0 + (plan.zones[$1.zone].kind == .booth ? $1.probability : 0) }
        // Booths may overlap: then their probabilities add up to more than remains for the free floor.
        let evidence = rule.boothAttraction * inBooths + max(0, 1 - inBooths)
        return found.map { likelihood in
            guard plan.zones[likelihood.zone].kind == .booth else { return likelihood }
            let probability = rule.boothAttraction * likelihood.probability / evidence
            return VenueReader.Likelihood(zone: likelihood.zone, probability: min(1, probability))
        }
    }

    /// Whether a zone is where the stay may be, or has a corner nearby.
    private func isWithinReach(_ zone: Int, of stay: Stay, _ byPlace: [VenueReader.Likelihood]) -> Bool {
        byPlace.contains { $0.zone == zone }
            || plan.zones[zone].area.polygons.contains { polygon in
                (polygon.first ?? []).contains { corner in
                    Geodesic.nearbyDistance(from: corner, to: stay.coordinate) <= rule.hintReach
                }
            }
    }
}
