package import Foundation
package import Postgres
import Synchronization

/// The PostgreSQL server for tests.
///
/// `TEST_DATABASE_HOST`, `_PORT`, `_USERNAME` and `_PASSWORD_FILE` name a server. The role must be a superuser, and the folder
/// `passwords` beside the file has the passwords of the services. Without these variables, the tests start a private
/// cluster in `.build/postgres-test`, which keeps running for the next time.
package enum TestCluster {
    /// The settings of the server's database `postgres`.
    ///
    /// The first call starts the private cluster.
    package static func configuration() throws -> PostgresConfiguration {
        try server.get()
    }

    /// The directory of the package, derived from the path of this file.
    package static let packageRoot = URL(filePath: #filePath, directoryHint: .notDirectory)
        .appending(path: "../../../..").standardizedFileURL

    private static let server = Result { try locate() }

    private static func locate() throws -> PostgresConfiguration {
        let environment = ProcessInfo.processInfo.environment
        if environment["TEST_DATABASE_HOST"] != nil {
            return try configuration(environment, prefix: "TEST_DATABASE_")
        }
        let directory = packageRoot.appending(path: ".build/postgres-test").path()
        _ = try run("start", directory, "--fast")
        return try configuration(ofClusterIn: directory)
    }

    /// The settings of a cluster that `scripts/postgres start` has started.
    package static func configuration(ofClusterIn directory: String) throws -> PostgresConfiguration {
        var settings: [String: String] = [:]
        for line in try run("env", directory).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        return try configuration(settings, prefix: "DB_")
    }

    /// The password file of a role in the cluster of a configuration.
    package static func passwordFile(of role: String, in cluster: PostgresConfiguration) -> String? {
        folders.withLock { $0[cluster.password ?? ""] }.map { "\($0)/passwords/\(role)" }
    }

    /// The folder of each cluster, by its owner's password, which is unique.
    private static let folders = Mutex<[String: String]>([:])

    private static func configuration(_ settings: [String: String], prefix: String) throws -> PostgresConfiguration {
        let file = URL(filePath: settings["\(prefix)PASSWORD_FILE"] ?? "")
        let password = try String(contentsOf: file, encoding: .utf8)
        folders.withLock { $0[password] = file.deletingLastPathComponent().path() }
        var configuration = PostgresConfiguration(
            host: settings["\(prefix)HOST"] ?? "127.0.0.1",
            port: settings["\(prefix)PORT"].flatMap { Int($0) } ?? 5432,
            user: settings["\(prefix)USERNAME"] ?? "postgres",
            password: password,
            database: "postgres"
        )
        configuration.applicationName = "tests"
        // Machines that run tests are busy. A test of time limits sets its own value.
        configuration.acquireTimeout = .seconds(30)
        configuration.connectTimeout = .seconds(30)
        return configuration
    }

    /// Runs `scripts/postgres`.
    ///
    /// Returns its output.
    package static func run(_ arguments: String...) throws -> String {
        try run(arguments)
    }

    /// Runs `scripts/postgres`.
    ///
    /// Returns its output.
    package static func run(_ arguments: [String]) throws -> String {
        let (status, output) = try ChildProcess.run(packageRoot.appending(path: "scripts/postgres").path(), arguments)
        guard status == 0 else { throw TestClusterFailure(arguments: arguments, output: output) }
        return output
    }
}

/// `scripts/postgres` failed; the reason is on standard error.
package struct TestClusterFailure: Error {
    package let arguments: [String]
    package let output: String
}
