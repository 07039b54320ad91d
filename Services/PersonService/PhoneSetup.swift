import Credentials
import HTTPServer
import JSON
import Models
import QRCode

/// Where phones send their locations, as they reach it.
struct PhoneDoors: Sendable {
    /// The base of OwnTracks' and Overland's addresses, without a slash at the end.
    let base: String
    /// The address of the door for Traccar Client, OsmAnd and GPSLogger.
    let osmand: String

    /// Takes two addresses; a slash at their ends is left out.
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

/// What sets a phone's app up: links to tap, and the same as QR codes to scan from a screen.
struct PhoneSetup {
    let device: Device
    let owner: Person
    let token: DeviceToken
    let doors: PhoneDoors

    /// Writes the device with its token, and the setup of each app.
    func write(to writer: inout JSONWriter) {
        let configuration = ownTracksConfiguration
        let encoded = Base64.encode(configuration)
        writer.beginObject()
        device.writeMembers(to: &writer)
        writer.member("token", token.text)
        writer.key("owntracks")
        writer.beginObject()
        Self.writeLink("owntracks:///config?inline=\(PercentEncoding.encode(encoded))", to: &writer)
        writer.key("file")
        writer.beginObject()
        writer.member("name", "\(device.id.text).otrc")
        writer.member("url", "data:application/json;base64,\(encoded)")
        writer.endObject()
        writer.key("configuration")
        writer.value(json: configuration)
        writer.endObject()
        writer.key("overland")
        writer.beginObject()
        Self.writeLink(overlandLink, to: &writer)
        writer.endObject()
        writer.key("traccar")
        writer.beginObject()
        // Traccar Client takes the address without its query for the server's.
        Self.writeLink("\(doors.osmand)/?id=\(PercentEncoding.encode(device.id.text))", to: &writer)
        writer.member("server", doors.osmand)
        writer.endObject()
        writer.endObject()
    }

    /// The configuration as OwnTracks imports it from a `.otrc` file: HTTP mode, moves of importance.
    private var ownTracksConfiguration: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("_type", "configuration")
        writer.member("mode", 3)
        writer.member("url", "\(doors.base)/owntracks")
        writer.member("auth", true)
        writer.member("username", device.id.text)
        writer.member("password", token.text)
        writer.member("deviceId", "phone")
        writer.member("tid", owner.details.initials)
        writer.member("monitoring", 1)
        writer.member("extendedData", true)
        writer.endObject()
        return writer.takeBytes()
    }

    private var overlandLink: String {
        let parameters = [
            ("url", "\(doors.base)/overland"), ("token", token.text), ("device_id", device.id.text),
        ]
        return "overland://setup?"
            + parameters.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
    }

    /// Writes `"url"`, and `"qr"`: an image as an address of its own.
    private static func writeLink(_ link: String, to writer: inout JSONWriter) {
        writer.member("url", link)
        // Addresses of doors are settings; one that is too long for a code is shown as a link only.
        guard let code = QRCode(link) else { return }
        writer.member("qr", "data:image/svg+xml;base64,\(Base64.encode(code.svg()))")
    }
}
