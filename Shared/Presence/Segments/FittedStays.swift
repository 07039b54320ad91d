/// The stays of a device, fitted together with its noise.
///
/// The stays depend on the noise, and the noise on the stays. A first estimate of the noise gives stays; these refine the
/// noise, which in turn refines the stays.
struct FittedStays {
    /// The samples without outliers; the noise model has scaled their deviations.
    let samples: [Sample]
    /// The noise.
    let noise: DeviceNoise
    /// Cumulative sums for the likelihoods of stays.
    let costs: StayCosts
    /// The stays as ranges of at least two samples, in order.
    let stays: [Range<Int>]

    /// Fits stays to samples.
    ///
    /// - Parameters:
    ///   - samples: in order, with the standard deviations that the device states.
    ///   - isStated: whether the device states accuracies.
    ///   - settings: the model's assumptions.
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
