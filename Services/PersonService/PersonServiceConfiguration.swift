import Credentials
import DatabaseService
import HTTPServer
import HTTPService
import Postgres
import RESTAccess
import ServiceRuntime

/// The settings of person-service.
struct PersonServiceConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// Who may call.
    let access: AccessConfiguration
    /// The database.
    let database: PostgresConfiguration
    /// The addresses of location-producer, as phones reach it.
    let addresses: PhoneAddresses
    /// How long copies outside the database remain after an erasure.
    let retention: RetentionTimes
    /// The key of the digests of transmitters in zones.
    let hintSecret: Secret?

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        access = AccessConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_person")
        addresses = PhoneAddresses(
            base: reader.string(
                "PHONE_URL",
                default: "http://localhost:30001",
                "Address of location-producer, as phones reach it; used in links and QR codes."
            ),
            osmand: reader.string(
                "PHONE_OSMAND_URL",
                default: "http://localhost:30005",
                "Address of location-producer's OSMAND_PORT, as phones reach it."
            )
        )
        retention = RetentionTimes(
            kafka: reader.duration(
                "KAFKA_RETENTION",
                default: .seconds(86_400),
                in: .seconds(60)...(.seconds(366 * 86_400)),
                "How long Kafka keeps records, for receipts of erasures: the same as location-producer's."
            ),
            backups: reader.duration(
                "BACKUP_RETENTION",
                default: .seconds(8 * 86_400),
                in: .seconds(3_600)...(.seconds(3_660 * 86_400)),
                "How long backups and the archived log of the database are kept, for receipts of erasures."
            )
        )
        hintSecret = reader.optionalSecret(
            "HINT_SECRET",
            "Key of the digests of access points, beacons and regions of zones: the same as location-producer's."
        )
        reader.require(
            hintSecret.map { $0.reveal().utf8.count >= HintDigest.minimumSecret } ?? true,
            key: "HINT_SECRET",
            "HINT_SECRET needs at least \(HintDigest.minimumSecret) bytes."
        )
    }
}
