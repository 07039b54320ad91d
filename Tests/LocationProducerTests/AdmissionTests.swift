import HTTPServer
import Observability
import Testing

@testable import LocationProducer

@Suite struct AdmissionTests {
    private static let now = ContinuousClock.now
    private static let large = AdmissionLimit.initial * 2 / 3

    private static func admission(memoryBound: Int = 256 << 20) -> Admission {
        Admission(memoryBound: memoryBound, metrics: MetricsRegistry())
    }

    private static func request(_ headers: HTTPHeaders = [:], count: Int = 60) throws -> Request {
        try Request(
            .post,
            "/api/locations/batch",
            headers: headers,
            body: RequestBody(Array(repeating: 0x20, count: count))
        )
    }

    @Test func rejectsRequestsUntilThereIsRoom() throws {
        let admission = Self.admission()
        var permits = (0..<AdmissionLimit.few).compactMap { _ in admission.admit(cost: Self.large) }
        #expect(permits.count == AdmissionLimit.few)
        #expect(admission.admit(cost: 1) == nil)
        let request = try Self.request()
        #expect { _ = try admission.route(limit: 100).admit(request) } throws: { error in
            let problem = error as? Problem
            return problem?.status == .serviceUnavailable && problem?.headers["Retry-After"] == "1"
        }
        permits.removeLast()
        #expect(admission.admit(cost: 1) != nil)
        withExtendedLifetime(permits) {}
    }

    @Test func releasesThePermitInAllCases() async throws {
        let admission = Self.admission(memoryBound: 0)
        for _ in 0..<3 {
            await #expect(throws: CancellationError.self) {
                try await admission.route(limit: LocationBatch.maximumBytes).withBody(of: try Self.request()) { _ in
                    throw CancellationError()
                }
            }
        }
        let room = admission.admit(cost: LocationBatch.maximumBytes)
        #expect(room != nil)
    }

    /// With any memory bound, a batch of the maximum size is admitted when no other is in progress.
    @Test(arguments: [0, 256 << 20]) func alwaysAdmitsOneBatch(memoryBound: Int) throws {
        let request = try Self.request(["Content-Encoding": "gzip"])
        let permit = try Self.admission(memoryBound: memoryBound).route(limit: LocationBatch.maximumBytes)
            .admit(request)
        withExtendedLifetime(permit) {}
    }

    @Test func reservesAllMemoryForCompressedBodies() throws {
        let admission = Admission(capacity: LocationBatch.maximumBytes - 1, metrics: MetricsRegistry())
        let request = try Self.request(["Content-Encoding": "gzip"])
        #expect(throws: Problem.self) { _ = try admission.route(limit: LocationBatch.maximumBytes).admit(request) }
    }

    @Test func boundsMemoryIndependentlyOfTheLimit() {
        var state = AdmissionState(capacity: 1_000)
        let first = state.admit(cost: 10, memory: 600, now: Self.now)
        let second = state.admit(cost: 10, memory: 600, now: Self.now)
        #expect(first != nil)
        #expect(second == nil)
        let reserved = [400, 1].map { state.reserve($0) }
        #expect(reserved == [true, false])
        state.end(first ?? 0)
        let isFree = state.reserve(600)
        #expect(isFree)
    }

    /// Bodies that arrive slowly take memory, but do not block others.
    @Test func slowBodiesDoNotBlockOthers() {
        var state = AdmissionState(capacity: 100 << 20)
        let slow = Self.fill(&state, at: Self.now)
        let tooEarly = state.admit(cost: Self.large, memory: 1, now: Self.now)
        #expect(tooEarly == nil)
        let later = Self.now + AdmissionState.slowBodyDelay
        let quick = Self.fill(&state, at: later)
        #expect(quick.count == AdmissionLimit.few)
        // It is complete when there is no room for it.
        let atOnce = state.beginWork(slow[0], cost: Self.large, now: later)
        state.end(quick[0])
        let whenThereIsRoom = state.beginWork(slow[0], cost: Self.large, now: later)
        #expect(!atOnce)
        #expect(whenThereIsRoom)
        for id in slow + quick.dropFirst() { state.end(id) }
        #expect(state.work == 0)
    }

    @Test func continuesRequestsInProgress() throws {
        var state = AdmissionState(capacity: 100 << 20)
        let id = state.admit(cost: 1, memory: 1, now: Self.now)
        let stream = try #require(id)
        let first = state.beginWork(stream, cost: 1, now: Self.now)
        state.endWork(stream, now: Self.now)
        #expect(Self.fill(&state, at: Self.now).count == AdmissionLimit.few)
        let second = state.beginWork(stream, cost: 1, now: Self.now)
        #expect([first, second] == [true, true])
    }

    @Test func correctsTheCostOfAnArrivedBody() throws {
        var state = AdmissionState(capacity: 100 << 20)
        let admitted = state.admit(cost: 10, memory: 1, now: Self.now)
        let id = try #require(admitted)
        let hasBegun = state.beginWork(id, cost: 5_000, now: Self.now)
        #expect(hasBegun)
        #expect(state.work == 5_000)
        state.endWork(id, now: Self.now)
        state.end(id)
        #expect(state.work == 0)
    }

    /// Admits large requests until one is rejected.
    private static func fill(_ state: inout AdmissionState, at moment: ContinuousClock.Instant) -> [AdmissionState.ID] {
        var ids: [AdmissionState.ID] = []
        while let id = state.admit(cost: large, memory: 1, now: moment) { ids.append(id) }
        return ids
    }
}
