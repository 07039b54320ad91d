import Foundation
import Postgres
import TestSupport

extension ChildProcess {
    /// Starts psql with a command.
    static func psql(_ command: String, in database: PostgresConfiguration) throws -> ChildProcess {
        try ChildProcess(
            "psql",
            [
                "-q", "-h", database.host, "-p", String(database.port), "-U", database.user, "-d", database.database,
                "-c", command,
            ],
            environment: ProcessInfo.processInfo.environment.merging(["PGPASSWORD": database.password ?? ""]) { $1 }
        )
    }
}
