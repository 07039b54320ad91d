package import Foundation
package import Postgres

/// One of the suite's executables, running as a separate process with a real database.
package final class RunningService: Sendable {
    /// The executables, by the names of their products.
    package enum Executable: String, Sendable {
        case personService = "person-service"
        case locationProducer = "location-producer"
        case locationConsumer = "location-consumer"
        case connectionService = "connection-service"
        case webhookSender = "webhook-sender"

        /// The database role.
        var role: String {
            switch self {
            case .personService: "uda_person"
            case .locationProducer: "uda_producer"
            case .locationConsumer: "uda_consumer"
            case .connectionService: "uda_connection"
            case .webhookSender: "uda_webhook"
            }
        }

        /// The time at which SwiftPM linked it.
        func buildTime() throws -> Date {
            let file = try RunningService.buildDirectory().appending(path: rawValue)
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path())
            return attributes[.modificationDate] as? Date ?? .distantPast
        }
    }

    /// The port.
    package let port: Int
    private let process: ChildProcess
    private let log: URL

    private init(process: ChildProcess, port: Int, log: URL) {
        self.process = process
        self.port = port
        self.log = log
    }

    /// Starts an executable and waits until it is ready, or only until it listens.
    ///
    /// The service logs in with its own role. If the database has no schema, it is migrated first. Earlier releases log in as the
    /// cluster's owner.
    ///
    /// - Parameters:
    ///   - executable: the executable.
    ///   - database: the database, with its owner's login.
    ///   - environment: additional settings; with `HTTP_PORT`, the function does not wait for the port.
    ///   - logs: the folder of its log.
    ///   - untilReady: whether to wait for `/readyz`.
    ///   - folder: the folder of the executable; SwiftPM's build folder if `nil`.
    /// - Returns: the running service.
    /// - Throws: ``ServiceDied`` if the process ends, ``ConditionNeverHeld`` if the start takes too long.
    package static func start(
        _ executable: Executable,
        database: PostgresConfiguration,
        environment: [String: String] = [:],
        logs: URL = FileManager.default.temporaryDirectory,
        untilReady: Bool = true,
        from folder: URL? = nil
    ) async throws -> RunningService {
        let log =
            logs
            .appending(path: "\(executable.rawValue)-\(UUID().uuidString).log")
        if folder == nil { try await migrateIfNew(database) }
        let process = try ChildProcess(
            (try folder ?? buildDirectory()).appending(path: executable.rawValue).path(),
            environment: settings(database, role: folder == nil ? executable.role : nil)
                .merging(environment) { _, new in new },
            errors: .file(log)
        )
        do {
            let known = environment["HTTP_PORT"].flatMap { Int($0) }
            let port = if let known { known } else { try await waitForPort(of: process, log: log) }
            let service = RunningService(process: process, port: port, log: log)
            if untilReady { try await service.waitUntilReady() }
            return service
        } catch {
            process.signal(SIGKILL)
            throw error
        }
    }

    /// Runs a command of an executable to completion with the executable's role.
    ///
    /// Returns its output.
    package static func run(
        _ executable: Executable,
        _ arguments: String...,
        database: PostgresConfiguration,
        environment: [String: String] = [:]
    ) throws -> String {
        try run(executable, arguments, role: executable.role, database: database, environment: environment)
    }

    /// Migrates a database's schema with the migrator's role.
    package static func migrate(_ database: PostgresConfiguration) throws {
        _ = try run(
            .personService,
            ["migrate"],
            role: "uda_migrator",
            database: database,
            environment: ["LOG_LEVEL": "warning"]
        )
    }

    private static func run(
        _ executable: Executable,
        _ arguments: [String],
        role: String,
        database: PostgresConfiguration,
        environment: [String: String] = [:]
    ) throws -> String {
        let (status, output) = try ChildProcess.run(
            try buildDirectory().appending(path: executable.rawValue).path(),
            arguments,
            environment: settings(database, role: role).merging(environment) { _, new in new }
        )
        guard status == 0 else { throw ServiceDied(log: output) }
        return output
    }

    /// Migrates a database without a schema.
    ///
    /// Ignores unreachable databases.
    private static func migrateIfNew(_ database: PostgresConfiguration) async throws {
        var patient = database
        patient.connectTimeout = .seconds(2)
        let client = PostgresClient(configuration: patient)
        let isMigrated = try? await client.query("SELECT to_regclass('schema_migration') IS NOT NULL").single(Bool.self)
        await client.close()
        if isMigrated == false { try migrate(database) }
    }

    /// The port for gRPC, if any.
    package var grpcPort: Int? {
        logText.firstMatch(of: /The gRPC server listens.*?"port":(\d+)/).flatMap { Int($0.1) }
    }

    /// The port for Traccar Client, OsmAnd and GPSLogger, if any.
    package var osmandPort: Int? { port(ofServer: "osmand") }

    /// The port for metrics, if separate.
    package var adminPort: Int? { port(ofServer: "admin") }

    private func port(ofServer name: String) -> Int? {
        logText.matches(of: /The HTTP server listens.*?"component":"(\w*)".*?"port":(\d+)/)
            .first { $0.1 == name }.flatMap { Int($0.2) }
    }

    /// The base URL.
    package var address: String { "http://127.0.0.1:\(port)" }

    /// The process id.
    package var processID: Int32 { process.processIdentifier }

    /// The text on standard error.
    package var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// The process id.
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Whether the process is running.
    package var isRunning: Bool { process.isRunning }

    /// Sends a signal.
    package func signal(_ number: Int32) {
        process.signal(number)
    }

    /// Kills the process (`kill -9`).
    package func kill9() async {
        signal(SIGKILL)
        _ = await exitStatus()
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// Returns the exit status.
    @discardableResult
    package func terminate() async -> Int32 {
        signal(SIGTERM)
        return await exitStatus()
    }

    /// Waits for the end.
    package func exitStatus() async -> Int32 {
        await process.exitStatus()
    }

    /// Waits until `/readyz` answers 200.
    package func waitUntilReady() async throws {
        guard let base = URL(string: address) else { return }
        let client = HTTPClient(base: base, connections: 1)
        try await eventually("\(address)/readyz is 200:\n\(logText.suffix(2_000))") {
            guard process.isRunning else { throw ServiceDied(log: logText) }
            return (try? await client.send("GET", "/readyz"))?.status == 200
        }
    }

    private static func waitForPort(of process: ChildProcess, log: URL) async throws -> Int {
        var port: Int?
        try await eventually("the service listens") {
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            guard process.isRunning else { throw ServiceDied(log: text) }
            port = text.firstMatch(of: /The HTTP server listens.*?"port":(\d+)/).flatMap { Int($0.1) }
            return port != nil
        }
        guard let port else { throw ServiceDied(log: "") }
        return port
    }

    /// The connection settings of a role, or of the cluster's owner without one.
    private static func settings(_ database: PostgresConfiguration, role: String?) -> [String: String] {
        let file = role.flatMap { TestCluster.passwordFile(of: $0, in: database) }
        let login =
            if let role, let file {
                ["DB_USERNAME": role, "DB_PASSWORD_FILE": file]
            } else {
                ["DB_USERNAME": database.user, "DB_PASSWORD": database.password ?? ""]
            }
        return [
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": "0",
            "GRPC_HOST": "127.0.0.1",
            "GRPC_PORT": "0",
            "OSMAND_PORT": "0",
            "DB_HOST": database.host,
            "DB_PORT": String(database.port),
            "DB_NAME": database.database,
            // Machines that run tests are busy. Tests of overload set their own value.
            "DB_ACQUIRE_TIMEOUT": "10s",
        ].merging(login) { $1 }
    }

    /// The folder of this test's own executable, where SwiftPM puts all others.
    package static func buildDirectory() throws -> URL {
        let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [own, TestCluster.packageRoot.appending(path: ".build/debug")]
        guard
            let found = candidates.first(where: {
                FileManager.default.isExecutableFile(atPath: $0.appending(path: "person-service").path())
            })
        else { throw ServiceDied(log: "The executables are not built: run swift build.") }
        return found
    }
}

/// A service ended unexpectedly.
package struct ServiceDied: Error, CustomStringConvertible {
    /// Its log.
    package let log: String

    /// The end of its log.
    package var description: String { "The service has died. \(log.suffix(4_000))" }
}
