import HTTPServer
import Postgres
import ServiceRuntime
import ServiceWiring

/// What person-service is told by its environment.
struct PersonServiceConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// The database.
    let database: PostgresConfiguration
    /// Where phones send their locations.
    let addresses: PhoneAddresses

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_person")
        addresses = PhoneAddresses(
            base: reader.string(
                "PHONE_URL",
                default: "http://localhost:30001",
                "Address of location-producer as phones reach it, for links and QR codes."
            ),
            osmand: reader.string(
                "PHONE_OSMAND_URL",
                default: "http://localhost:30005",
                "Address of location-producer's OSMAND_PORT as phones reach it."
            )
        )
    }
}
