import Credentials
import Models
import Persistence
import Postgres
import Testing

@testable import LocationProducer

@Suite struct DeviceDirectoryTests {
    private let jane: DeviceID
    private let unknown: DeviceID

    init() throws {
        jane = try #require(DeviceID("jane"))
        unknown = try #require(DeviceID("unknown"))
    }

    @Test func cachesNothingBeforeItReceivesChanges() async throws {
        let registry = registeredDevices()
        let directory = DeviceDirectory(registry: registry)
        for _ in 0..<3 { #expect(try await directory.device(jane)?.personID.rawValue == 1) }
        #expect(registry.askedCount == 3)
    }

    @Test func queriesAnUnchangedDeviceOnce() async throws {
        let registry = registeredDevices()
        let directory = DeviceDirectory(registry: registry)
        directory.beginListening()
        for _ in 0..<3 {
            #expect(try await directory.device(jane)?.personID.rawValue == 1)
            #expect(try await directory.device(unknown) == nil)
            #expect(try await directory.device(of: DeviceToken("hidden"))?.personID.rawValue == 2)
            #expect(try await directory.device(of: DeviceToken("wrong")) == nil)
        }
        #expect(registry.askedCount == 4)
    }

    @Test func dropsChangedDevices() async throws {
        let registry = registeredDevices()
        let directory = DeviceDirectory(registry: registry)
        directory.beginListening()
        _ = try await directory.device(jane)
        _ = try await directory.device(of: DeviceToken("secret"))
        registry.removeAll()
        #expect(try await directory.device(jane) != nil)
        directory.forget(jane)
        #expect(try await directory.device(jane) == nil)
        #expect(try await directory.device(of: DeviceToken("secret")) == nil)
    }

    @Test func keepsUnchangedDevices() async throws {
        let registry = registeredDevices()
        let directory = DeviceDirectory(registry: registry)
        directory.beginListening()
        _ = try await directory.device(jane)
        _ = try await directory.device(of: DeviceToken("hidden"))
        for _ in 0..<2 { directory.forget(jane) }
        let asked = registry.askedCount
        _ = try await directory.device(of: DeviceToken("hidden"))
        #expect(registry.askedCount == asked)
        _ = try await directory.device(jane)
        #expect(registry.askedCount == asked + 1)
    }

    @Test func dropsItsCacheWithoutNotifications() async throws {
        let registry = registeredDevices()
        let directory = DeviceDirectory(registry: registry)
        directory.beginListening()
        _ = try await directory.device(jane)
        registry.removeAll()
        directory.endListening()
        #expect(try await directory.device(jane) == nil)
    }

    @Test func limitsTheNumberOfCachedMisses() async throws {
        let registry = registeredDevices()
        let directory = DeviceDirectory(registry: registry)
        directory.beginListening()
        _ = try await directory.device(jane)
        for number in 0..<(DeviceDirectory.unknownCapacity * 2) {
            _ = try await directory.device(try #require(DeviceID("x\(number)")))
        }
        let asked = registry.askedCount
        _ = try await directory.device(jane)
        #expect(registry.askedCount == asked, "Phones are displaced by what is not there.")
    }

    @Test func throwsTheErrorOfAFailedQuery() async throws {
        let directory = DeviceDirectory(
            registry: InMemoryDevices(failure: PostgresError(.connectionFailed, "The server is unreachable."))
        )
        directory.beginListening()
        await #expect(throws: PostgresError.self) { _ = try await directory.device(jane) }
    }
}
