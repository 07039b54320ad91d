import LocationProtocol
import Models
import Observability
import Testing

@testable import LocationProducer

@Suite struct StreamWindowTests {
    private static func locations(_ count: Int, from position: Int64) throws -> CheckedLocations {
        var location = ReportedLocation()
        (location.personID, location.latitude, location.longitude) = (1, 2, 3)
        var checked = CheckedLocations()
        try checked.add(Array(repeating: location, count: count), position: position, now: noon)
        return checked
    }

    @Test func takesAllWaitingLocations() async throws {
        let window = StreamWindow(admission: Admission(memoryBound: 256 << 20, metrics: MetricsRegistry()))
        try await window.put(Self.locations(3, from: 1))
        try await window.put(Self.locations(2, from: 10))
        window.finish(nil)
        let taken = try #require(try await window.take())
        #expect(taken.reports.count == 5)
        #expect(taken.lastPosition == 11)
        #expect(try await window.take() == nil)
    }

    @Test func putWaitsForRoom() async throws {
        let window = StreamWindow(admission: Admission(memoryBound: 256 << 20, metrics: MetricsRegistry()))
        try await window.put(Self.locations(StreamWindow.capacity, from: 1))
        async let put: Void = window.put(Self.locations(1, from: 20_000))
        #expect(try await window.take()?.count == StreamWindow.capacity)
        try await put
        #expect(try await window.take()?.lastPosition == 20_000)
    }

    @Test func takeWaitsForLocations() async throws {
        let window = StreamWindow(admission: Admission(memoryBound: 256 << 20, metrics: MetricsRegistry()))
        async let taken = window.take()
        try await window.put(Self.locations(1, from: 5))
        let position = try await taken?.lastPosition
        #expect(position == 5)
    }

    @Test func throwsAnErrorAfterEarlierLocations() async throws {
        struct Broken: Error {}
        let window = StreamWindow(admission: Admission(memoryBound: 256 << 20, metrics: MetricsRegistry()))
        try await window.put(Self.locations(1, from: 5))
        window.finish(Broken())
        #expect(try await window.take()?.lastPosition == 5)
        await #expect(throws: Broken.self) { try await window.take() }
    }

    @Test func cancelsAWaitingPut() async throws {
        let window = StreamWindow(admission: Admission(memoryBound: 256 << 20, metrics: MetricsRegistry()))
        try await window.put(Self.locations(StreamWindow.capacity, from: 1))
        let put = Task { try await window.put(Self.locations(1, from: 20_000)) }
        put.cancel()
        await #expect(throws: CancellationError.self) { try await put.value }
    }

    @Test func cancelsAWaitingTake() async throws {
        let window = StreamWindow(admission: Admission(memoryBound: 256 << 20, metrics: MetricsRegistry()))
        let take = Task { try await window.take() }
        take.cancel()
        await #expect(throws: CancellationError.self) { try await take.value }
    }
}
