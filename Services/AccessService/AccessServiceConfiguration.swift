import Access
import DatabaseService
import HTTPServer
import HTTPService
import Postgres
import RESTAccess
import ServiceRuntime

/// The settings of access-service.
struct AccessServiceConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// Who may call.
    let access: AccessConfiguration
    /// The folder with the keys of the receiving services.
    let keys: String?
    /// The file with the keys of the audit.
    let auditKeyFile: String?
    /// Whether browsers reach the deployment by TLS.
    let hasTLS: Bool
    /// Our registration at the issuer of logins.
    let issuer: LoginIssuer.Registration?
    /// How much clients may ask for.
    let limits: ClientLimits.Settings
    /// The number of replicas, for the size of leases of daily limits.
    let replicas: Int
    /// The database.
    let database: PostgresConfiguration

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        access = AccessConfiguration(&reader)
        keys = reader.optionalString(
            "ACCESS_KEYS",
            "Folder with a file for each receiving service, named like it, with its keys: 1 to 4 lines of 64 hexadecimal digits."
        )
        auditKeyFile = reader.optionalString(
            "AUDIT_KEY_FILE",
            "File with the keys that sign the heads of the audit: 1 to 4 lines of 64 hexadecimal digits; without it, none is signed."
        )
        hasTLS = reader.boolean(
            "ACCESS_TLS",
            default: true,
            "Whether browsers reach the deployment by TLS; without it, the cookie has neither Secure nor the prefix __Host-."
        )
        issuer = LoginIssuer.Registration(&reader)
        limits = ClientLimits.Settings(&reader)
        replicas = reader.integer(
            "ACCESS_REPLICAS",
            default: 2,
            in: 1...100,
            "The number of replicas of this service; each leases a share of the daily limits."
        )
        database = PostgresConfiguration(&reader, role: "uda_access")
        reader.require(
            access.mode != .enforce || keys != nil,
            key: "ACCESS_KEYS",
            "ACCESS=enforce needs ACCESS_KEYS, because identities cannot be made without keys."
        )
    }
}
