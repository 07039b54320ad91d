import Credentials
import HTTPServer
import JSON
import Models
import QRCode

/// The addresses of location-producer, as phones reach it.
struct PhoneAddresses: Sendable {
    /// The base of OwnTracks' and Overland's addresses, without a trailing slash.
    let base: String
    /// The address for Traccar Client, OsmAnd and GPSLogger.
    let osmand: String

    /// Removes trailing slashes.
    init(base: String, osmand: String) {
        self.base = Self.trimmed(base)
        self.osmand = Self.trimmed(osmand)
    }

    private static func trimmed(_ address: String) -> String {
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        return address
    }
}

/// The setup of a phone's app: links to tap, and the same links as QR codes to scan from a screen.
struct PhoneSetup {
    let device: Device
    let owner: Person
    let token: DeviceToken
    let addresses: PhoneAddresses
    /// Whether the device's id identifies it where a protocol has no token; otherwise the token takes its place.
    let isIDEnough: Bool

    /// Writes the device with its token, and the setup of each app.
    func write(to writer: inout JSONWriter) {
        let configuration = ownTracksConfiguration
        let encoded = Base64.encode(configuration)
        writer.object { writer in
            device.writeMembers(to: &writer)
            writer.member("token", token.text)
            writer.object("owntracks") { writer in
                Self.writeLink("owntracks:///config?inline=\(PercentEncoding.encode(encoded))", to: &writer)
                writer.object("file") { writer in
                    writer.member("name", "\(device.id.text).otrc")
                    writer.member("url", "data:application/json;base64,\(encoded)")
                }
                writer.key("configuration")
                writer.value(json: configuration)
            }
            writer.object("overland") { Self.writeLink(overlandLink, to: &$0) }
            writer.object("traccar") { writer in
                // Traccar Client's server is the address without the query.
                Self.writeLink("\(address)&\(traccarSettings)", to: &writer)
                writer.member("server", addresses.osmand)
                writer.member("id", identifier)
            }
            writer.object("gpslogger") { writer in
                Self.writeLink(gpsLoggerAddress, to: &writer)
                writer.object("file") { writer in
                    writer.member("name", "udaconnect.properties")
                    writer.member("url", "data:text/plain;base64,\(Base64.encode(gpsLoggerProfile))")
                }
            }
            writer.object("osmand") { writer in
                Self.writeLink(
                    "\(address)&lat={0}&lon={1}&timestamp={2}&accuracy={3}&altitude={4}&bearing={6}",
                    to: &writer
                )
            }
        }
    }

    /// The interval of fixes in seconds: two people who sit at a table for five minutes have ten each.
    private static let interval = 30

    /// What identifies the device where a protocol has no token.
    private var identifier: String { isIDEnough ? device.id.text : token.text }

    /// The address for Traccar Client, OsmAnd and GPSLogger, with the identifier.
    private var address: String { "\(addresses.osmand)/?id=\(PercentEncoding.encode(identifier))" }

    /// The parameters that Traccar Client reads from the link (`configuration_service.dart`).
    ///
    /// While the device is still, it sends a heartbeat every minute.
    private var traccarSettings: String {
        "accuracy=high&interval=\(Self.interval)&distance=20&heartbeat=60&buffer=true&stop_detection=true"
    }

    /// GPSLogger's custom URL.
    private var gpsLoggerAddress: String {
        "\(address)&lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&acc=%ACC&alt=%ALT&spd=%SPD&dir=%DIR&batt=%BATT"
    }

    /// A profile of GPSLogger (`PreferenceNames.java`).
    private var gpsLoggerProfile: [UInt8] {
        let settings = [
            "log_customurl_enabled=true", "log_customurl_method=GET", "log_customurl_url=\(gpsLoggerAddress)",
            "log_customurl_discard_offline_locations_enabled=false", "time_before_logging=\(Self.interval)",
            "distance_before_logging=0", "log_satellite_locations=true", "log_network_locations=true",
        ]
        return Array((settings.joined(separator: "\n") + "\n").utf8)
    }

    /// The configuration in the form of OwnTracks' `.otrc` files: HTTP mode, a fix every half minute.
    ///
    /// In move mode, iOS uses `locatorInterval` or `locatorDisplacement`, whichever comes first, and leaves the mode
    /// below 20 % of its battery (`LocationManager.m`). Android uses `moveModeLocatorInterval`
    /// (`BackgroundService.kt`).
    private var ownTracksConfiguration: [UInt8] {
        JSONWriter.object { writer in
            writer.member("_type", "configuration")
            writer.member("mode", 3)
            writer.member("url", "\(addresses.base)/owntracks")
            writer.member("auth", true)
            writer.member("username", device.id.text)
            writer.member("password", token.text)
            writer.member("deviceId", "phone")
            writer.member("tid", owner.details.initials)
            writer.member("monitoring", 2)
            writer.member("locatorInterval", Self.interval)
            writer.member("locatorDisplacement", 20)
            writer.member("moveModeLocatorInterval", Self.interval)
            writer.member("pegLocatorFastestIntervalToInterval", true)
            writer.member("downgrade", 20)
            writer.member("ping", 15)
            writer.member("extendedData", true)
        }
    }

    private var overlandLink: String {
        let parameters = [
            ("url", "\(addresses.base)/overland"), ("token", token.text), ("device_id", device.id.text),
        ]
        return "overland://setup?"
            + parameters.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
    }

    /// Writes `"url"`, and its QR code as `"qr"`: an image as a `data:` address.
    private static func writeLink(_ link: String, to writer: inout JSONWriter) {
        writer.member("url", link)
        // Settings determine the length of addresses; one that is too long for a QR code has only the link.
        guard let code = QRCode(link) else { return }
        writer.member("qr", "data:image/svg+xml;base64,\(Base64.encode(code.svg()))")
    }
}
