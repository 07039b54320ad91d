/// The server's address and how to connect, and the limits of the pool.
package struct PostgresConfiguration: Sendable {
    /// How a connection is protected, as libpq's `sslmode`.
    package enum SSLMode: String, Sendable, CaseIterable {
        case disable
        case allow
        case prefer
        case require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// Which server of several is acceptable, as libpq's `target_session_attrs`.
    package enum TargetSession: String, Sendable, CaseIterable {
        case any
        case readWrite = "read-write"
        case readOnly = "read-only"
        case primary
        case standby
        case preferStandby = "prefer-standby"
    }

    /// Host name, address, or socket directory; several separated by commas are tried in turn.
    package var host: String
    /// TCP port.
    package var port: Int
    /// Role to log in as.
    package var user: String
    /// The role's password, never shown in descriptions.
    package var password: String?
    /// Database to use.
    package var database: String
    /// How the connection is protected.
    package var sslMode: SSLMode = .prefer
    /// File with the certificate authorities to trust, for `verify-ca` and `verify-full`.
    package var sslRootCertificate: String?
    /// Which server of several is acceptable.
    package var targetSession: TargetSession = .readWrite
    /// The application name in `pg_stat_activity`.
    package var applicationName = "udaconnect"

    /// The maximum number of connections.
    package var maximumConnections = 8
    /// The maximum number of callers that wait for a connection; further ones fail at once.
    package var maximumWaiters = 1_024
    /// How long a caller waits for a connection.
    package var acquireTimeout: Duration = .milliseconds(200)
    /// How long one attempt to connect may take, for each host; whole seconds, at least two.
    package var connectTimeout: Duration = .seconds(3)
    /// How long a connection may be idle before a round trip checks it prior to use.
    package var idleCheckInterval: Duration = .seconds(15)
    /// Prepared statements kept on each connection.
    package var statementCacheCapacity = 256

    /// How long one statement may run; nil for no limit.
    package var statementTimeout: Duration? = .seconds(30)
    /// How long one statement may wait for a lock; nil for no limit.
    package var lockTimeout: Duration? = .seconds(10)
    /// How long a transaction may be idle before the server ends it; nil for no limit.
    package var idleInTransactionTimeout: Duration? = .seconds(60)
    /// How long sent data may stay unacknowledged by the peer's TCP before the connection counts as broken.
    package var tcpUserTimeout: Duration = .seconds(10)

    package init(
        host: String = "127.0.0.1",
        port: Int = 5432,
        user: String,
        password: String? = nil,
        database: String
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    /// User, server and database; never the password.
    package var description: String {
        "\(user)@\(host):\(port)/\(database) (sslmode \(sslMode.rawValue), at most \(maximumConnections) connections)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["configuration": description])
    }
}
