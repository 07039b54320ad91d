import Foundation
import Observability
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct OutageTests {
    /// Runs a separate server that the test may stop.
    private func withServer(_ body: (String, PostgresConfiguration) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pg-\(UUID().uuidString)").path()
        defer {
            _ = try? TestCluster.run("stop", directory)
            try? FileManager.default.removeItem(atPath: directory)
        }
        try await body(directory, try start(directory))
    }

    private func start(_ directory: String) throws -> PostgresConfiguration {
        _ = try TestCluster.run("start", directory, "--fast")
        return try TestCluster.configuration(ofClusterIn: directory)
    }

    @Test func recoversWhenTheServerIsBack() async throws {
        try await withServer { directory, configuration in
            var configuration = configuration
            configuration.acquireTimeout = .milliseconds(200)
            let registry = MetricsRegistry()
            let client = PostgresClient(configuration: configuration, metrics: registry)
            try await eventually { (try? await client.query("SELECT 1")) != nil }
            var notifications = try client.listen(to: ["news"]).makeAsyncIterator()
            let first = await notifications.next()
            #expect(first == .connected)

            _ = try TestCluster.run("stop", directory)
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
                #expect(error?.isUnavailability == true)
                #expect(error?.isRetriable == true, "nothing was sent")
            }
            let counts = client.poolCounts
            #expect(counts.leased == 0)

            _ = try start(directory)
            try await eventually { (try? await client.query("SELECT 1")) != nil }
            let second = await notifications.next()
            #expect(second == .reconnected)
            try await client.execute("NOTIFY news, 'back'")
            let third = await notifications.next()
            #expect(third == .notification(channel: "news", payload: "back"))

            let text = String(decoding: registry.prometheusText(), as: UTF8.self)
            #expect(text.contains(#"code="connectionFailed""#))
            #expect(text.contains("postgres_connections_opened_total"))
            await client.close()
        }
    }

    /// A suspended server process answers neither the statement nor the cancel request.
    @Test func closesAConnectionToASuspendedServer() async throws {
        try await withServer { _, configuration in
            let client = PostgresClient(configuration: configuration)
            let pid = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            kill(Int32(pid), SIGSTOP)
            defer { kill(Int32(pid), SIGCONT) }
            let start = ContinuousClock.now
            let error = await #expect(throws: PostgresError.self) {
                try await client.query("SELECT 1", timeout: .milliseconds(50))
            }
            #expect(error?.code == .connectionLost)
            #expect(start.duration(to: .now) < .seconds(20))
            let other = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(other != pid)
            await client.close()
        }
    }

    /// The pool's check of idle connections notices it before a statement is lost.
    @Test func closesAnIdleConnectionToASuspendedServer() async throws {
        try await withServer { _, configuration in
            var configuration = configuration
            configuration.idleCheckInterval = .zero
            let client = PostgresClient(configuration: configuration)
            let pid = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            kill(Int32(pid), SIGSTOP)
            defer { kill(Int32(pid), SIGCONT) }
            let other = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(other != pid)
            await client.close()
        }
    }

    @Test func waitsForAStartingServerWithinTheDeadline() async throws {
        try await withServer { directory, configuration in
            _ = try TestCluster.run("stop", directory)
            let client = PostgresClient(configuration: configuration)
            async let one = client.query("SELECT 1").single(Int.self)
            try await eventually { client.poolCounts.waiting == 1 }
            _ = try start(directory)
            #expect(try await one == 1)
            await client.close()
        }
    }
}
