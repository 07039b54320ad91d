import HTTPServer
import Models
import Observability
import Persistence
import Postgres
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite struct StorageTests {
    @Test(
        arguments: [
            (nil, nil, false), (99, nil, true), (100, nil, false), (nil, 1_000, false), (nil, 1_001, true),
            (100, 1_001, true), (99, 1_000, true), (100, 1_000, false),
        ] as [(Int?, Int?, Bool)]
    )
    func eitherMeasurementSuffices(free: Int?, database: Int?, isExceeded: Bool) {
        let bounds = StorageBounds(path: "/", leastFree: 100, largestDatabase: 1_000)
        #expect(bounds.areExceeded(free: free, database: database) == isExceeded)
    }

    @Test func aDatabaseWithoutABoundIsNeverTooLarge() {
        #expect(!StorageBounds(path: "/", leastFree: 100).areExceeded(free: nil, database: .max))
    }

    /// Larger and smaller than any disk.
    @Test(arguments: [(1 << 60, true), (1, false)])
    func measuresTheDiskOfAPath(leastFree: Int, isLow: Bool) async {
        let level = StorageLevel()
        let metrics = MetricsRegistry()
        let watch = StorageWatch(
            StorageBounds(path: "/", leastFree: leastFree),
            level,
            DatabaseSize(
                client: PostgresClient(
                    configuration: PostgresConfiguration(host: "127.0.0.1", port: 1, user: "u", database: "d")
                )
            ),
            logger: Logger(service: "test", level: .error),
            metrics: metrics
        )
        await watch.measure()
        #expect(level.isLow == isLow)
        #expect(String(decoding: metrics.prometheusText(), as: UTF8.self).contains("storage_is_low \(isLow ? 1 : 0)"))
    }

    @Test func keepsItsStateWithoutMeasurements() async {
        let level = StorageLevel()
        #expect(level.note(isLow: true))
        let watch = StorageWatch(
            StorageBounds(path: "/no/such/folder", leastFree: 1),
            level,
            DatabaseSize(
                client: PostgresClient(
                    configuration: PostgresConfiguration(host: "127.0.0.1", port: 1, user: "u", database: "d")
                )
            ),
            logger: Logger(service: "test", level: .error),
            metrics: MetricsRegistry()
        )
        await watch.measure()
        #expect(level.isLow)
    }

    private static let json: HTTPHeaders = ["Content-Type": "application/json"]

    @Test(
        arguments: [
            ("/api/locations", #"{"person_id": 1, "latitude": 1, "longitude": 2}"#, json),
            ("/api/locations/batch", #"[{"person_id": 1, "latitude": 1, "longitude": 2}]"#, json),
            (
                "/owntracks", #"{"_type":"location","lat":1,"lon":2,"tst":1777888800}"#,
                ["Authorization": "Basic amFuZTpzZWNyZXQ="]
            ),
        ] as [(String, String, HTTPHeaders)]
    )
    func everyProtocolRejectsWhileStorageIsLow(path: String, body: String, headers: HTTPHeaders) async throws {
        let queue = InMemoryQueue()
        let storage = StorageLevel()
        let api = try APIUnderTest(queue, storage: storage)
        _ = storage.note(isLow: true)
        let answer = try await api.send(.post, path, headers: headers, body: body)
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == "60")
        #expect(queue.messages.isEmpty)
        _ = storage.note(isLow: false)
        #expect(try await api.send(.post, path, headers: headers, body: body).status == 200)
    }
}
