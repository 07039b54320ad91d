/// The samples of a device cut into stays, together with the noise that these show.
///
/// Where a device rested follows from how it errs, and how it errs from where it rested. The first guess of the noise leads to
/// stays; these lead to a better one, and that one to better stays.
struct FittedStays {
    /// The samples without outliers; their deviations are what the noise says.
    let samples: [Sample]
    /// The noise.
    let noise: DeviceNoise
    /// The sums of the likelihoods of stays.
    let costs: StayCosts
    /// The stays as ranges of samples, two at least, in order.
    let stays: [Range<Int>]

    /// Cuts samples.
    ///
    /// - Parameters:
    ///   - samples: in order, with the deviations that the device states.
    ///   - isStated: whether the device states accuracies.
    ///   - settings: what the model assumes.
    init(_ samples: [Sample], isStated: Bool, settings: PresenceSettings) {
        let guess = DeviceNoise(samples, isStated: isStated, settings: settings)
        let guessed = OutlierFilter(noise: guess).filtered(Self.scaled(samples, by: guess.scale))
        let costs = StayCosts(guessed, noise: guess, settings: settings)
        let stays = Segmentation(guessed, costs: costs, settings: settings).stays()
        noise = guess.refined(by: guessed, stays: stays, isStated: isStated, settings: settings)
        guard noise != guess else {
            (self.samples, self.costs, self.stays) = (guessed, costs, stays)
            return
        }
        self.samples = Self.scaled(guessed, by: noise.scale / guess.scale)
        self.costs = StayCosts(self.samples, noise: noise, settings: settings)
        self.stays = Segmentation(self.samples, costs: self.costs, settings: settings).stays()
    }

    private static func scaled(_ samples: [Sample], by factor: Double) -> [Sample] {
        var samples = samples
        for index in samples.indices { samples[index].deviation *= factor }
        return samples
    }
}
