import Geospatial
import Models

/// Sends locations in batches, several at once, in the order in which they are added.
///
/// At most ``requestsInFlight`` batches and the one that is being filled are in memory. Locations of registered phones
/// wait longer than others, because a request has those of one phone only; see ``PhoneBuffers``.
struct LocationUpload: Sendable {
    /// The result of the upload.
    struct Summary: Equatable, Sendable {
        /// The number of sent locations.
        var sent = 0
        /// The number of accepted locations.
        var accepted = 0
        /// The number of rejected locations.
        var rejected = 0
        /// The first rejections in the service's words.
        var refusals: [String] = []
    }

    static let requestsInFlight = 4
    static let maximumBatch = 10_000

    private let client: UdaConnectClient
    private let batchSize: Int

    init(client: UdaConnectClient, batchSize: Int = maximumBatch) {
        self.client = client
        self.batchSize = min(max(batchSize, 1), Self.maximumBatch)
    }

    /// Sends all locations of a source.
    ///
    /// - Parameters:
    ///   - fill: appends more locations and the share that has been read; `false` at the end.
    ///   - progress: called after each accepted batch.
    /// - Returns: the result.
    /// - Throws: ``SeedError`` if the service refuses a batch, and what `fill` throws.
    func run(
        _ fill: (inout Batch) async throws -> Bool,
        progress: (Summary, _ share: Double) -> Void
    ) async throws -> Summary {
        try await withThrowingTaskGroup(of: UdaConnectClient.Verdict.self) { group in
            var summary = Summary()
            var underWay = 0
            var goesOn = true
            var batch = Batch(size: batchSize)
            while goesOn || batch.count > 0 {
                while goesOn, !batch.isFull { goesOn = try await fill(&batch) }
                for request in batch.takeRequests(isLast: !goesOn) {
                    if underWay == Self.requestsInFlight, let verdict = try await group.next() {
                        underWay -= 1
                        summary.add(verdict)
                        progress(summary, batch.share)
                    }
                    summary.sent += request.count
                    underWay += 1
                    group.addTask { try await request.send(to: client) }
                }
            }
            for try await verdict in group {
                summary.add(verdict)
                progress(summary, 1)
            }
            return summary
        }
    }
}

extension LocationUpload.Summary {
    mutating func add(_ verdict: UdaConnectClient.Verdict) {
        accepted += verdict.accepted
        rejected += verdict.rejected
        refusals.append(contentsOf: verdict.refusals.prefix(UdaConnectClient.Verdict.longestList - refusals.count))
    }
}
