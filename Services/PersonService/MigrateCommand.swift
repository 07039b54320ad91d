import DatabaseService
import Observability
import Postgres
import ServiceRuntime

/// `person-service migrate`: brings the database's schema up to date before services that need it start.
enum MigrateCommand {
    /// The commands of person-service.
    static let all = [
        ProcessCommand<PersonServiceConfiguration>(
            name: "migrate",
            usage: """

                    Migrates the schema and the roles' rights, and exits. DB_USERNAME is uda_migrator, or another role that
                    may become uda_owner. Services of other roles wait for it.
                """,
            run: run
        )
    ]

    private static func run(
        _ configuration: PersonServiceConfiguration,
        _ process: ServiceProcess,
        _ arguments: [String]
    ) async throws {
        guard arguments.isEmpty else { throw UsageError() }
        let database = Database(configuration.database, process)
        try await database.migrate()
        await database.client.close()
        process.logger.info("The schema is current")
    }

    /// The command has unexpected arguments.
    struct UsageError: Error, CustomStringConvertible {
        var description: String { "Expected: person-service migrate" }
    }
}
