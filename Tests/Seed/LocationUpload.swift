import Geospatial
import Models

/// Sends locations in batches, several at once, in the order in which they are added.
///
/// At most ``requestsInFlight`` batches and the one that is being filled are in memory.
struct LocationUpload: Sendable {
    /// What became of everything.
    struct Summary: Equatable, Sendable {
        /// Locations sent.
        var sent = 0
        /// Locations that the service has taken.
        var accepted = 0
        /// Locations that it has refused.
        var rejected = 0
        /// The first refusals, as the service put them.
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
    ///   - fill: appends some more locations, and how far it has come, from 0 to 1; `false` once there are none.
    ///   - progress: is told after each batch that was taken.
    /// - Returns: what became of them.
    /// - Throws: ``SeedError`` if the service does not take a batch, and what `fill` throws.
    func run(
        _ fill: (inout Batch) async throws -> Bool,
        progress: (Summary, _ share: Double) -> Void
    ) async throws -> Summary {
        try await withThrowingTaskGroup(of: UdaConnectClient.Verdict.self) { group in
            var summary = Summary()
            var underWay = 0
            var goesOn = true
            var batch = Batch(capacity: batchSize)
            while goesOn || batch.count > 0 {
                while goesOn, batch.count < batchSize { goesOn = try await fill(&batch) }
                let (lines, count) = batch.takeFirst(batchSize)
                guard count > 0 else { continue }
                if underWay == Self.requestsInFlight, let verdict = try await group.next() {
                    underWay -= 1
                    summary.add(verdict)
                    progress(summary, batch.share)
                }
                summary.sent += count
                underWay += 1
                group.addTask { try await client.createLocations(lines) }
            }
            for try await verdict in group {
                summary.add(verdict)
                progress(summary, 1)
            }
            return summary
        }
    }

    /// Locations as the API takes them, an object a line.
    struct Batch {
        private var lines: [UInt8] = []
        /// Where each line ends.
        private var ends: [Int] = []
        /// How much of the source has been read, from 0 to 1.
        var share = 0.0

        init(capacity: Int) {
            lines.reserveCapacity(capacity * 125)
            ends.reserveCapacity(capacity)
        }

        var count: Int { ends.count }

        mutating func append(_ report: LocationReport) {
            lines.append(contentsOf: #"{"person_id":"#.utf8)
            lines.append(contentsOf: String(report.personID.rawValue).utf8)
            lines.append(contentsOf: #","latitude":""#.utf8)
            lines.append(contentsOf: report.coordinate.latitude.description.utf8)
            lines.append(contentsOf: #"","longitude":""#.utf8)
            lines.append(contentsOf: report.coordinate.longitude.description.utf8)
            lines.append(contentsOf: #"","creation_time":""#.utf8)
            lines.append(contentsOf: report.creationTime.description.utf8)
            lines.append(UInt8(ascii: "\""))
            if let accuracy = report.accuracy {
                lines.append(contentsOf: #","accuracy":"#.utf8)
                lines.append(contentsOf: String(accuracy.metres).utf8)
            }
            lines.append(contentsOf: "}\n".utf8)
            ends.append(lines.count)
        }

        /// Takes out the first lines, at most so many.
        mutating func takeFirst(_ maximum: Int) -> (lines: [UInt8], count: Int) {
            let count = min(maximum, ends.count)
            guard count > 0 else { return ([], 0) }
            let end = ends[count - 1]
            let taken = Array(lines[..<end])
            lines.removeFirst(end)
            ends.removeFirst(count)
            for index in ends.indices { ends[index] -= end }
            return (taken, count)
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
