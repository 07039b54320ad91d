import Foundation
import Postgres
import TestSupport
import Testing

/// The official Python client of gRPC against real processes.
@Suite(.timeLimit(.minutes(10))) struct GRPCClientTests {
    @Test func thePythonClientAgreesAndItsLocationsAreStored() async throws {
        try await withServices(environment: ["GRPC_REFLECTION": "yes"]) { services in
            for number in 1...10 { #expect(try await services.createPerson("P\(number)") == number) }
            let output = try await acceptance(of: services.producer)
            // If the script fails early, it has not stopped the server either.
            try #require(output.status == 0, "\(output.text)")
            #expect(output.text.contains("holds: stopping"))
            #expect(await services.producer.exitStatus() == 0)

            let client = PostgresClient(configuration: services.database)
            // The valid locations of the script: two without a time, one exact, 2, 999, 99, 1, 1, 500 and 1.
            try await eventually("all locations are stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 1_606
            }
            let dead = try await client.query("SELECT count(*) FROM dead_letter").single(Int.self)
            #expect(dead == 0)
            // The legacy sample has swapped axes, and means exactly these numbers.
            let asSent = try await client.query(
                "SELECT count(*) FROM location WHERE ST_Y(coordinate) = 37.5 AND ST_X(coordinate) = -122.2"
            ).single(Int.self)
            #expect(asSent == 2)
            await client.close()
        }
    }

    private func acceptance(of producer: RunningService) async throws -> (status: Int32, text: String) {
        let folder = TestCluster.packageRoot.appending(path: "Tests/IntegrationTests/GRPCClient")
        let log = FileManager.default.temporaryDirectory.appending(path: "grpc-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let arguments = [
            folder.appending(path: "requirements.txt").path(), folder.appending(path: "acceptance.py").path(),
            String(try #require(producer.grpcPort)), String(producer.processIdentifier),
            TestCluster.packageRoot.appending(path: "Shared/CLocationProtocol").path(),
        ]
        let process = try ChildProcess(
            TestCluster.packageRoot.appending(path: "scripts/python").path(),
            arguments,
            output: .file(log),
            errors: .file(log)
        )
        return (await process.exitStatus(), try String(contentsOf: log, encoding: .utf8))
    }
}
