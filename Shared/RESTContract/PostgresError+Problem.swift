package import HTTPServer
package import Postgres

extension PostgresError: ProblemConvertible {
    /// 503 if the database is away or has no time; 500 for what is the program's own fault.
    package var problem: Problem {
        guard isUnavailability || isRetriable else { return Problem(.internalServerError) }
        return .unavailable("The database is not available at this moment: try again shortly.")
    }
}
