package import Postgres
package import ServiceRuntime

extension PostgresConfiguration {
    /// Reads the database's settings, under the legacy system's names.
    ///
    /// - Parameters:
    ///   - reader: the environment.
    ///   - role: the role with the rights of this service.
    package init(_ reader: inout EnvironmentReader, role: String) {
        self.init(
            host: reader.string("DB_HOST", default: "localhost", "Host of PostgreSQL, or the directory of its socket."),
            port: reader.integer("DB_PORT", default: 5432, in: 1...65_535, "Port of PostgreSQL."),
            user: reader.string("DB_USERNAME", default: role, "Role to log in as."),
            password: reader.optionalSecret("DB_PASSWORD", "Password of the role.")?.reveal(),
            database: reader.string("DB_NAME", default: "geoconnections", "Database to use.")
        )
        sslMode = reader.choice("DB_SSLMODE", default: .prefer, "Protection of the connection, as libpq's sslmode.")
        sslRootCertificate = reader.optionalString(
            "DB_SSLROOTCERT",
            "File with the authorities to trust, for verify-ca and verify-full."
        )
        maximumConnections = reader.integer(
            "DB_POOL_SIZE",
            default: 8,
            in: 2...256,
            "Maximum number of connections to PostgreSQL."
        )
        acquireTimeout = reader.duration(
            "DB_ACQUIRE_TIMEOUT",
            default: .milliseconds(200),
            in: .milliseconds(1)...(.seconds(60)),
            "Maximum time that a request waits for a connection before it is answered 503."
        )
        statementTimeout = reader.duration(
            "DB_STATEMENT_TIMEOUT",
            default: .seconds(30),
            in: .milliseconds(100)...(.seconds(3_600)),
            "Maximum duration of a statement."
        )
    }
}
