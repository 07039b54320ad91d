import Geospatial
import LocationProtocol
import LocationQueue
import Models
import Postgres

/// The embedded queue without a server, and the input for it: the peer of the protocols.
struct QueueAlone {
    /// Locations in order of time.
    let reports: [LocationReport]
    private let client: PostgresClient

    /// Creates locations of a number of persons for a queue.
    init(client: PostgresClient, count: Int, persons: Int) throws {
        self.client = client
        reports = try (0..<count).map { index in
            guard let person = PersonID(rawValue: index % persons + 1) else {
                throw BenchmarkFailure(description: "no such person")
            }
            return LocationReport(
                personID: person,
                coordinate: try Coordinate(
                    latitude: DegreesE7(rawValue: Int32(447_000_000 + index * 7 % 1_999_999)),
                    longitude: DegreesE7(rawValue: Int32(203_000_000 + index * 13 % 2_999_999))
                ),
                creationTime: Timestamp(microseconds: 1_780_272_000_000_000 + Int64(index) * 24_000)
            )
        }
    }

    /// Appends the same locations repeatedly to an initially empty queue.
    ///
    /// Returns locations a second.
    ///
    /// The duration equals that of the protocols' measurements. In a shorter time, everything would stay in memory.
    func append(
        _ reports: ArraySlice<LocationReport>,
        atOnce lanes: Int,
        size: Int,
        seconds: Int
    ) async throws -> Double {
        try await empty()
        let producer = PostgresLogProducer(log: PostgresLog(client: client))
        // Like real messages, each one contains the time of receipt; that is a quarter of its size.
        let moment = Timestamp(microseconds: 1_800_000_000_000_000)
        let pieces = stride(from: reports.startIndex, to: reports.endIndex, by: size).map { start in
            reports[start..<min(start + size, reports.endIndex)].map { LocationMessage(report: $0, receivedAt: moment) }
        }
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let count = try await withThrowingTaskGroup { group in
            for lane in 0..<lanes {
                group.addTask {
                    var (index, count) = (lane, 0)
                    while .now < end {
                        count += try await producer.append(pieces[index % pieces.count]).count
                        index += lanes
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / (ContinuousClock.now - start).seconds
    }

    /// Empties the queue.
    func empty() async throws {
        try await client.execute("TRUNCATE location_log")
        try await client.execute("UPDATE location_log_partition SET next_offset = 0")
        try await client.execute("CHECKPOINT")
    }
}
