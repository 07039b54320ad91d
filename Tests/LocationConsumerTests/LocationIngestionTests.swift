import Geospatial
import HTTPServer
import LocationQueue
import Models
import Observability
import Persistence
import Postgres
import RESTTestSupport
import Synchronization
import Testing

@testable import LocationConsumer

@Suite struct LocationIngestionTests {
    /// Runs an ingestion until its queue is empty; returns the queue, the pauses and the metrics.
    private func ingest(
        _ messages: [QueuedMessage],
        into sink: ScriptedSink,
        failures: [any Error] = [],
        keeps: @escaping @Sendable ([Location]) -> [Bool] = { $0.map { _ in true } }
    ) async -> (queue: ScriptedQueue, pauses: [Duration], metrics: String) {
        let ingestion = Mutex<LocationIngestion<ScriptedQueue, ScriptedSink>?>(nil)
        let pauses = Mutex<[Duration]>([])
        let metrics = MetricsRegistry()
        let stopping = Mutex<Task<Void, Never>?>(nil)
        let queue = ScriptedQueue(messages, sink: sink, failures: failures) {
            let running = ingestion.withLock { $0 }
            // stop() waits for run(), which waits for this closure, so it has a task of its own.
            stopping.withLock { task in
                if task == nil { task = Task { await running?.stop() } }
            }
            await Task.yield()
        }
        let running = LocationIngestion(
            queue: queue,
            sink: sink,
            logger: .silent,
            metrics: metrics,
            keeps: keeps,
            pause: { pause in pauses.withLock { $0.append(pause) } }
        )
        ingestion.withLock { $0 = running }
        await running.run()
        await stopping.withLock { $0 }?.value
        return (queue, pauses.withLock { $0 }, String(decoding: metrics.prometheusText(), as: UTF8.self))
    }

    /// Expects each pause to be between a half of the longest one, in milliseconds, and the whole.
    private func expectPauses(
        _ pauses: [Duration],
        _ longest: [Int64],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(pauses.count == longest.count, sourceLocation: sourceLocation)
        for (pause, longest) in zip(pauses, longest) {
            let longest = Duration.milliseconds(longest)
            #expect((longest / 2...longest).contains(pause), sourceLocation: sourceLocation)
        }
    }

    @Test func storesAllBatchesWithTheirOffsets() async throws {
        let sink = ScriptedSink()
        let (queue, pauses, metrics) = await ingest(try (0..<5).map { try record($0) }, into: sink)
        #expect(sink.locations.map(\.id) == (0..<5).compactMap { LocationID(partition: 3, offset: $0) })
        #expect(sink.offset == 5)
        #expect(sink.attempts == 3)
        #expect(queue.hasLeft)
        #expect(pauses.isEmpty)
        #expect(metrics.contains("locations_stored_total 5"))
        #expect(metrics.contains("ingestion_batch_seconds_count 3"))
        #expect(metrics.contains("ingestion_failures_total 0"))
    }

    @Test func dropsLocationsOutsideEveryEventAndAdvancesTheOffsets() async throws {
        let sink = ScriptedSink()
        let messages = try (0..<5).map { try record($0, latitude: $0 % 2 == 0 ? 1 : 2) }
        let (_, _, metrics) = await ingest(messages, into: sink) { locations in
            locations.map { $0.report.coordinate.latitude.rawValue == 1 }
        }
        #expect(sink.locations.map(\.id.place?.offset) == [0, 2, 4])
        #expect(sink.offset == 5)
        #expect(metrics.contains("locations_stored_total 3"))
        #expect(metrics.contains("locations_outside_total 2"))
    }

    @Test func continuesAtTheStoredOffsetsAfterAConflict() async throws {
        let sink = ScriptedSink([.store, .fail(OffsetConflict())])
        let (queue, pauses, metrics) = await ingest(try (0..<5).map { try record($0) }, into: sink)
        #expect(sink.locations.map(\.id.place?.offset) == [0, 1, 2, 3, 4])
        #expect(sink.attempts == 4)
        #expect(queue.seeks == 1)
        expectPauses(pauses, [50])
        #expect(metrics.contains("ingestion_failures_total 1"))
    }

    @Test func storesNothingTwiceAfterALostCommit() async throws {
        let lost = PostgresError(.commitOutcomeUnknown, "The connection broke.")
        let sink = ScriptedSink([.storeAndFail(lost), .store, .storeAndFail(lost)])
        let (queue, _, _) = await ingest(try (0..<6).map { try record($0) }, into: sink)
        #expect(sink.locations.map(\.id.place?.offset) == [0, 1, 2, 3, 4, 5])
        #expect(sink.offset == 6)
        #expect(queue.seeks == 2)
    }

    @Test func backsOffFromAPoisonousBatch() async throws {
        let refusal = PostgresError(.server, "The server refuses.")
        let sink = ScriptedSink(Array(repeating: .fail(refusal), count: 10) + [.store, .fail(refusal)])
        let (queue, pauses, _) = await ingest(try (0..<4).map { try record($0) }, into: sink)
        expectPauses(pauses, [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 50])
        #expect(queue.seeks == 11)
        #expect(sink.locations.count == 4)
    }

    @Test func waitsForTheQueue() async throws {
        let away = LocationQueueError(.unavailable)
        let sink = ScriptedSink()
        let (queue, pauses, metrics) = await ingest([try record(0)], into: sink, failures: [away, away])
        expectPauses(pauses, [50, 100])
        #expect(queue.seeks == 2)
        #expect(sink.locations.count == 1)
        #expect(metrics.contains("ingestion_failures_total 2"))
    }

    @Test func deadLettersMalformedMessagesAndContinues() async throws {
        let sink = ScriptedSink()
        let messages = [try record(0), line(1, "{poison"), try record(2, person: 99), try record(3)]
        let (_, pauses, metrics) = await ingest(messages, into: sink)
        #expect(sink.locations.map(\.id.place?.offset) == [0, 3])
        #expect(sink.deadLetters.map(\.reason) == [.malformedJSON, .unknownPerson])
        #expect(sink.offset == 4)
        #expect(pauses.isEmpty)
        #expect(metrics.contains("locations_buried_total 2"))
    }

    @Test func countsSwappedAxes() async throws {
        let sink = ScriptedSink()
        let (_, _, metrics) = await ingest(
            [line(0, #"{"person_id": 1, "latitude": -122.2, "longitude": 37.5}"#)],
            into: sink
        )
        #expect(sink.locations.first?.report.coordinate.latitude.description == "37.5")
        #expect(metrics.contains("locations_axes_exchanged_total 1"))
    }

    @Test func stopsAfterTheCurrentBatch() async throws {
        let sink = ScriptedSink()
        let polling = Mutex<CheckedContinuation<Void, Never>?>(nil)
        let isPolling = AsyncStream<Void>.makeStream()
        let queue = ScriptedQueue([try record(0)], sink: sink) {
            await withCheckedContinuation { continuation in
                polling.withLock { $0 = continuation }
                isPolling.continuation.yield()
            }
        }
        let ingestion = LocationIngestion(queue: queue, sink: sink, logger: .silent, metrics: MetricsRegistry())
        async let run: Void = ingestion.run()
        for await _ in isPolling.stream { break }
        async let stop: Void = ingestion.stop()
        #expect(!queue.hasLeft)
        polling.withLock { $0.take() }?.resume()
        await stop
        #expect(queue.hasLeft)
        #expect(queue.polls == 2)
        await run
    }

    @Test func leavesTheGroupWhenItIsCancelled() async throws {
        let sink = ScriptedSink()
        let queue = ScriptedQueue([], sink: sink, failures: [CancellationError()]) {}
        let ingestion = LocationIngestion(queue: queue, sink: sink, logger: .silent, metrics: MetricsRegistry())
        await ingestion.run()
        #expect(queue.hasLeft)
        #expect(queue.seeks == 0)
    }

    @Test func describesExactlyTheRoutes() throws {
        let api = try APIUnderTest(Router(), openAPI: PackageResources.openapi_json)
        #expect(api.description.operations == api.operations)
    }
}
