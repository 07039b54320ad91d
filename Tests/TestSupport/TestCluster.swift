package import Foundation
package import Postgres

/// The PostgreSQL server that tests run against.
///
/// `TEST_DATABASE_HOST`, `_PORT`, `_USERNAME` and `_PASSWORD` name one; the role must be a superuser. Without them a
/// private cluster under `.build/postgres-test` is started, and left running for the next time.
package enum TestCluster {
    /// How to reach the server's database `postgres`; starts the private cluster at the first call.
    package static func configuration() throws -> PostgresConfiguration {
        try server.get()
    }

    /// The directory of the package, found from where this file was compiled.
    package static let packageRoot = URL(filePath: #filePath, directoryHint: .notDirectory)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let server = Result { try locate() }

    private static func locate() throws -> PostgresConfiguration {
        let environment = ProcessInfo.processInfo.environment
        if let host = environment["TEST_DATABASE_HOST"] {
            return configuration(
                host: host,
                port: environment["TEST_DATABASE_PORT"],
                user: environment["TEST_DATABASE_USERNAME"],
                password: environment["TEST_DATABASE_PASSWORD"]
            )
        }
        let directory = packageRoot.appending(path: ".build/postgres-test").path()
        _ = try run("start", directory, "--fast")
        return try configuration(ofClusterIn: directory)
    }

    /// How to reach a cluster that `scripts/postgres start` has started.
    package static func configuration(ofClusterIn directory: String) throws -> PostgresConfiguration {
        var settings: [String: String] = [:]
        for line in try run("env", directory).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        return configuration(
            host: settings["DB_HOST"],
            port: settings["DB_PORT"],
            user: settings["DB_USERNAME"],
            password: settings["DB_PASSWORD"]
        )
    }

    private static func configuration(
        host: String?,
        port: String?,
        user: String?,
        password: String?
    ) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(
            host: host ?? "127.0.0.1",
            port: port.flatMap { Int($0) } ?? 5432,
            user: user ?? "postgres",
            password: password,
            database: "postgres"
        )
        configuration.applicationName = "tests"
        // Machines that run tests are busy; a test of time limits sets its own.
        configuration.acquireTimeout = .seconds(30)
        configuration.connectTimeout = .seconds(30)
        return configuration
    }

    /// Runs `scripts/postgres` and returns what it prints.
    package static func run(_ arguments: String...) throws -> String {
        try run(arguments)
    }

    /// Runs `scripts/postgres` and returns what it prints.
    package static func run(_ arguments: [String]) throws -> String {
        let (status, output) = try ChildProcess.run(packageRoot.appending(path: "scripts/postgres").path(), arguments)
        guard status == 0 else { throw TestClusterFailure(arguments: arguments, output: output) }
        return output
    }
}

/// `scripts/postgres` did not do what it was asked to; its reason is on standard error.
package struct TestClusterFailure: Error {
    package let arguments: [String]
    package let output: String
}
