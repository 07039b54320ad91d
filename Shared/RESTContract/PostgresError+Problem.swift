package import HTTPServer
package import Postgres

extension PostgresError: ProblemConvertible {
    /// 503 if the database is unavailable or overloaded; 500 for an error of the program.
    package var problem: Problem {
        guard isUnavailability || isRetriable else { return Problem(.internalServerError) }
        return .unavailable("The database is not available at this moment: try again shortly.")
    }
}
