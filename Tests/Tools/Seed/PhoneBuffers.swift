import Models

/// Locations of registered phones that wait until a batch of each phone is worth a request.
struct PhoneBuffers {
    /// Each phone's locations in order, by its token.
    private var reports: [String: [LocationReport]] = [:]
    /// The number of waiting locations.
    private(set) var count = 0

    /// Whether the limit is reached: `batchSize` locations, or 32 per phone so that requests do not have one or two
    /// only.
    func isFull(batchSize: Int) -> Bool {
        count >= max(batchSize, 32 * reports.count)
    }

    mutating func append(_ report: LocationReport, token: String) {
        reports[token, default: []].append(report)
        count += 1
    }

    /// Takes out everything, in batches of at most `batchSize` locations of one phone.
    mutating func takeAll(batchSize: Int) -> [(token: String, reports: [LocationReport])] {
        defer {
            for token in reports.keys { reports[token]?.removeAll(keepingCapacity: true) }
            count = 0
        }
        return reports.sorted { $0.key < $1.key }.flatMap { token, reports in
            stride(from: 0, to: reports.count, by: batchSize).map { start in
                (token, Array(reports[start..<min(start + batchSize, reports.count)]))
            }
        }
    }
}
