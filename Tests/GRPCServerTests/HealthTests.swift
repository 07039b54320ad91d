import GRPCTestSupport
import TestSupport
import Testing

@testable import GRPCServer

@Suite struct HealthTests {
    private static let check = "/grpc.health.v1.Health/Check"
    private static let watch = "/grpc.health.v1.Health/Watch"
    /// `HealthCheckResponse`s as encoded by `protoc --encode`.
    private static let (serving, notServing, unknown): ([UInt8], [UInt8], [UInt8]) = ([8, 1], [8, 2], [8, 3])

    private static func request(_ service: String) -> [UInt8] {
        service.isEmpty ? [] : [10, UInt8(service.utf8.count)] + Array(service.utf8)
    }

    @Test(arguments: ["", "test.Service"])
    func reportsWhetherTheServerIsServing(service: String) async throws {
        let health = HealthService(services: ["test.Service"])
        try await withServer(health: health) { test in
            let before = try await test.client.unary(Self.check, Self.request(service)).message
            #expect(before == Self.notServing)
            health.setServing(true)
            let after = try await test.client.unary(Self.check, Self.request(service)).message
            #expect(after == Self.serving)
        }
    }

    @Test func rejectsUnknownServices() async throws {
        try await withServer(health: HealthService(services: ["test.Service"])) { test in
            let status = try await test.client.unary(Self.check, Self.request("test.Other")).status
            #expect(status.code == RPCError.Code.notFound.rawValue)
            let malformed = try await test.client.unary(Self.check, [0xFF]).status
            #expect(malformed.code == RPCError.Code.invalidArgument.rawValue)
            let call = try await test.client.call(Self.watch)
            _ = try await call.send(Self.request("test.Other"), isLast: true)
            #expect(try await call.receive() == Self.unknown)
            call.cancel()
            _ = await call.status()
        }
    }

    @Test func reportsEachChangeToWatchers() async throws {
        let health = HealthService(services: [])
        try await withServer(health: health) { test in
            let call = try await test.client.call(Self.watch)
            _ = try await call.send([], isLast: true)
            #expect(try await call.receive() == Self.notServing)
            for _ in 0..<5 {
                health.setServing(true)
                health.setServing(true)
                #expect(try await call.receive() == Self.serving)
                health.setServing(false)
                #expect(try await call.receive() == Self.notServing)
            }
            call.cancel()
            #expect(await call.status().code == RPCError.Code.cancelled.rawValue)
            try await eventually { test.value("grpc_calls_in_flight") == "0" }
        }
    }

    @Test func notifiesWatchersBeforeTheServerStopsListening() async throws {
        let health = HealthService(services: [])
        try await withServer(health: health) { test in
            health.setServing(true)
            let call = try await test.client.call(Self.watch)
            _ = try await call.send([], isLast: true)
            #expect(try await call.receive() == Self.serving)
            async let stopped: Void = test.server.stop()
            #expect(try await call.receive() == Self.notServing)
            #expect(await call.status().code == RPCError.Code.unavailable.rawValue)
            await stopped
            // From now on, changes have no effect.
            health.setServing(true)
        }
    }

    @Test func aWatcherThatDoesNotReadBlocksNoOthers() async throws {
        let health = HealthService(services: [])
        try await withServer(health: health) { test in
            let call = try await test.client.call(Self.watch)
            _ = try await call.send([], isLast: true)
            try await eventually { test.value("grpc_calls_in_flight") == "1" }
            let began = ContinuousClock.now
            await test.server.stop()
            #expect(ContinuousClock.now - began < .seconds(60))
            call.cancel()
            _ = await call.status()
        }
    }
}

/// Runs a server with only the standard services.
private func withServer(health: HealthService, _ body: (ServerUnderTest) async throws -> Void) async throws {
    try await withServer(health: health, routes: { $0.addStandardServices(health: health, descriptors: []) }, body)
}
