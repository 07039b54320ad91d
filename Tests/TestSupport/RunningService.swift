package import Foundation
package import Postgres

/// One of the suite's executables, running as its own process against a real database.
package final class RunningService: Sendable {
    /// The executables, by their products' names.
    package enum Executable: String, Sendable {
        case personService = "person-service"
        case locationProducer = "location-producer"
        case locationConsumer = "location-consumer"
        case connectionService = "connection-service"

        /// The role that it logs in as.
        var role: String {
            switch self {
            case .personService: "uda_person"
            case .locationProducer: "uda_producer"
            case .locationConsumer: "uda_consumer"
            case .connectionService: "uda_connection"
            }
        }
    }

    /// Where it listens.
    package let port: Int
    private let process: ChildProcess
    private let log: URL

    private init(process: ChildProcess, port: Int, log: URL) {
        self.process = process
        self.port = port
        self.log = log
    }

    /// Starts an executable and waits until it is ready, or until it only listens.
    ///
    /// It logs in as the role of its own; the schema is migrated before, if the database has none. Earlier releases log in
    /// as the cluster's owner.
    ///
    /// - Parameters:
    ///   - executable: which.
    ///   - database: the database it uses, as its owner.
    ///   - environment: further settings; with `HTTP_PORT` it is not waited for until it listens.
    ///   - logs: the folder of its log.
    ///   - untilReady: whether to wait for `/readyz`.
    ///   - folder: where the executable is; where SwiftPM puts it if `nil`.
    /// - Returns: the running service.
    /// - Throws: ``ServiceDied`` if it ends instead, ``ConditionNeverHeld`` if it takes too long.
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

    /// Runs one of an executable's commands to its end, as the executable's role, and returns what it prints.
    package static func run(
        _ executable: Executable,
        _ arguments: String...,
        database: PostgresConfiguration,
        environment: [String: String] = [:]
    ) throws -> String {
        try run(executable, arguments, role: executable.role, database: database, environment: environment)
    }

    /// Brings a database's schema up to date, as the role that is for that.
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

    /// Migrates a database that has no schema yet; one that cannot be reached is left alone.
    private static func migrateIfNew(_ database: PostgresConfiguration) async throws {
        var patient = database
        patient.connectTimeout = .seconds(2)
        let client = PostgresClient(configuration: patient)
        let isMigrated = try? await client.query("SELECT to_regclass('schema_migration') IS NOT NULL").single(Bool.self)
        await client.close()
        if isMigrated == false { try migrate(database) }
    }

    /// Where it listens for gRPC, if it does.
    package var grpcPort: Int? {
        logText.firstMatch(of: /The gRPC server listens.*?"port":(\d+)/).flatMap { Int($0.1) }
    }

    /// Where it listens for Traccar Client, OsmAnd and GPSLogger, if it does.
    package var osmandPort: Int? { port(ofServer: "osmand") }

    /// Where it tells operators of its measurements, if it does so apart.
    package var adminPort: Int? { port(ofServer: "admin") }

    private func port(ofServer name: String) -> Int? {
        logText.matches(of: /The HTTP server listens.*?"component":"(\w*)".*?"port":(\d+)/)
            .first { $0.1 == name }.flatMap { Int($0.2) }
    }

    /// The base of its URLs.
    package var address: String { "http://127.0.0.1:\(port)" }

    /// Its number in the system.
    package var processID: Int32 { process.processIdentifier }

    /// What it has written to standard error.
    package var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// The process's number.
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Whether it has not ended.
    package var isRunning: Bool { process.isRunning }

    /// Sends a signal.
    package func signal(_ number: Int32) {
        process.signal(number)
    }

    /// Ends it without giving it time for anything (`kill -9`).
    package func kill9() async {
        signal(SIGKILL)
        _ = await exitStatus()
    }

    /// Asks it to end (SIGTERM) and returns its exit status.
    @discardableResult
    package func terminate() async -> Int32 {
        signal(SIGTERM)
        return await exitStatus()
    }

    /// Waits for its end.
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

    /// How a role reaches the database, or the cluster's owner if there is none.
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
            // Machines that run tests are busy; tests of overload set their own.
            "DB_ACQUIRE_TIMEOUT": "10s",
        ].merging(login) { $1 }
    }

    /// The folder of this test's own executable, where SwiftPM puts all others.
    private static func buildDirectory() throws -> URL {
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

/// A service ended although it should run.
package struct ServiceDied: Error, CustomStringConvertible {
    /// What it had written.
    package let log: String

    /// The end of what it had written.
    package var description: String { "The service has died. \(log.suffix(4_000))" }
}
