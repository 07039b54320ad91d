import CLibPQ
import Concurrency
import Glibc

/// A libpq connection, closed with its last reference.
///
/// One thread uses it, and may block.
///
/// It sends statements without blocking and waits with `poll`, so that a time limit or an interruption can end the
/// wait; see ``PGConnection/wait(for:until:)``.
final class PGConnection {
    let pointer: OpaquePointer
    let interrupter: Interrupter
    /// Set when the protocol's state is unknown, for example because the server did not answer a cancel request.
    var isAbandoned = false
    /// Set when a cancel request made the server stop waiting for its standby, although it reports a commit.
    private(set) var isCommitUnreplicated = false
    /// The cancel request for the running statement, if one was sent.
    var cancelRequest: PGCancel?
    /// How long the server may take to answer after its own time limit has passed or a cancel request was sent.
    let patience: Duration = .seconds(2)

    /// Connects and logs in; blocks for at most the connect timeout for each host.
    ///
    /// - Throws: ``PostgresError/Code/connectionFailed`` with libpq's reason, which names hosts and roles, not data.
    init(_ configuration: PostgresConfiguration, interrupter: Interrupter) throws(PostgresError) {
        let parameters = configuration.connectionParameters
        let connection = withCStrings(parameters.map(\.keyword)) { keywords in
            withCStrings(parameters.map(\.value)) { values in
                PQconnectdbParams(keywords, values, 0)
            }
        }
        guard let connection else {
            throw PostgresError(.connectionFailed, "libpq has no memory for a connection.")
        }
        pointer = connection
        self.interrupter = interrupter
        guard PQstatus(connection) == CONNECTION_OK else {
            let reason = String(cString: PQerrorMessage(connection)).split(whereSeparator: \.isNewline)
            throw PostgresError(
                .connectionFailed,
                "Cannot connect to PostgreSQL: \(reason.joined(separator: "; "))."
            )
        }
        // The default prints notices, which can quote data, to standard error.
        // Safety: libpq calls the receiver only while a method of this object, or its deinit, calls libpq on its thread.
        PQsetNoticeReceiver(
            connection,
            { pointer, notice in
                guard let pointer, let function = PQresultErrorField(notice, sourceFunctionField),
                    String(cString: function) == "SyncRepWaitForLSN"
                else { return }
                Unmanaged<PGConnection>.fromOpaque(pointer).takeUnretainedValue().isCommitUnreplicated = true
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
        PQsetnonblocking(connection, 1)
    }

    deinit {
        PQfinish(pointer)
    }

    var socket: Int32 { PQsocket(pointer) }
    var isBroken: Bool { isAbandoned || PQstatus(pointer) != CONNECTION_OK }
    var isInTransaction: Bool { PQtransactionStatus(pointer) != PQTRANS_IDLE }

    /// The error of a connection that no longer works.
    func lostError() -> PostgresError {
        isAbandoned = true
        return PostgresError(.connectionLost, "The connection to PostgreSQL was lost.")
    }
}

extension PostgresConfiguration {
    /// The parameters for libpq, by the manual's section "Parameter Key Words".
    var connectionParameters: [(keyword: String, value: String)] {
        var parameters = [
            ("host", host), ("port", String(port)), ("user", user), ("dbname", database),
            ("sslmode", sslMode.rawValue), ("target_session_attrs", targetSession.rawValue),
            ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("connect_timeout", String(max(2, connectTimeout.components.seconds))),
            ("tcp_user_timeout", String(tcpUserTimeout.milliseconds)),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("options", sessionOptions),
        ]
        if let password { parameters.append(("password", password)) }
        if let sslRootCertificate { parameters.append(("sslrootcert", sslRootCertificate)) }
        return parameters
    }

    /// Server settings for each session; only numbers and constants go into it.
    ///
    /// Statements are short, but the planner overestimates some, and compiling one would take longer than all else.
    private var sessionOptions: String {
        """
        -c statement_timeout=\(statementTimeout?.milliseconds ?? 0) \
        -c lock_timeout=\(lockTimeout?.milliseconds ?? 0) \
        -c idle_in_transaction_session_timeout=\(idleInTransactionTimeout?.milliseconds ?? 0) \
        -c synchronous_commit=on \
        -c jit=off \
        -c timezone=UTC
        """
    }
}

/// Calls `body` with a NULL-terminated array of C strings that live as long as the call.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var copies = strings.map { UnsafePointer(strdup($0)) }
    defer { for copy in copies { free(UnsafeMutablePointer(mutating: copy)) } }
    copies.append(nil)
    return body(copies)
}

/// `PG_DIAG_SOURCE_FUNCTION`, a character constant, which Swift does not import.
private let sourceFunctionField = Int32(UInt8(ascii: "R"))
