import DatabaseService
import HTTPServer
import HTTPService
import Postgres
import ServiceRuntime

/// The settings of person-service.
struct PersonServiceConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// The database.
    let database: PostgresConfiguration
    /// The addresses of location-producer, as phones reach it.
    let addresses: PhoneAddresses

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
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
    }
}
