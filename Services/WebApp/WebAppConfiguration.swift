import HTTPServer
import HTTPService
import ServiceRuntime

/// The settings of web-app.
struct WebAppConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// The folder of the pages' files.
    let assets: String
    /// The folder of Leaflet.
    let leaflet: String
    /// The address of the REST API for browsers.
    let api: APIAddress
    /// The hosts under which browsers reach the pages.
    let hosts: [String]
    /// The address of map tiles, if any.
    let tiles: String?
    /// The attribution of the tiles.
    let tilesAttribution: String?
    /// A GeoJSON file with halls and stands, if any.
    let ground: String?

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        assets = reader.string("WEB_ASSETS", default: "Services/WebApp/Assets", "Folder of the pages' files.")
        leaflet = reader.string("WEB_LEAFLET", default: "/usr/share/javascript/leaflet", "Folder of Leaflet.")
        let address = reader.optionalString(
            "API_URL",
            "Address of the REST API for browsers: https://api.example.org, or :30001 for a port of the page's host; the page's origin by default."
        )
        api = address.flatMap(APIAddress.init) ?? .sameOrigin
        reader.require(
            address.map { APIAddress($0) != nil } ?? true,
            key: "API_URL",
            "is neither an origin such as https://api.example.org nor a port such as :30001"
        )
        hosts = reader.string(
            "WEB_HOSTS",
            default: "localhost,127.0.0.1,[::1]",
            "Hosts, without ports, whose pages may use an API_URL that is a port."
        ).split(separator: ",").map(String.init)
        tiles = reader.optionalString(
            "TILE_URL",
            "Address of map tiles, with {z}, {x} and {y}; no tiles by default."
        )
        tilesAttribution = reader.optionalString("TILE_ATTRIBUTION", "Attribution of the tiles on the map.")
        ground = reader.optionalString("GROUND_MAP", "GeoJSON file with the polygons of halls and stands.")
    }
}

/// The address of the REST API for browsers.
enum APIAddress: Equatable {
    /// The origin of the page.
    case sameOrigin
    /// Another port on the page's host.
    case port(Int)
    /// Another origin: scheme, host and port.
    case origin(String)

    /// Reads an origin, a colon with a port, or empty text.
    init?(_ text: String) {
        if text.isEmpty {
            self = .sameOrigin
        } else if text.hasPrefix(":") {
            guard let port = Int(text.dropFirst()), (1...65_535).contains(port) else { return nil }
            self = .port(port)
        } else {
            guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
            let host = text.dropFirst(scheme.count)
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isOfHost) else { return nil }
            self = .origin(text)
        }
    }

    /// The form of the setting.
    var description: String {
        switch self {
        case .sameOrigin: ""
        case .port(let port): ":\(port)"
        case .origin(let origin): origin
        }
    }

    /// The sources in a content security policy, besides `'self'`.
    ///
    /// - Parameters:
    ///   - host: the `Host` of the request, which a client can forge.
    ///   - known: the accepted hosts.
    /// - Returns: origins.
    func policySources(host: String?, known: [String]) -> [String] {
        switch self {
        case .sameOrigin: return []
        case .origin(let origin): return [origin]
        case .port(let port):
            guard let name = known.first(where: { host == $0 || host?.hasPrefix($0 + ":") == true }) else { return [] }
            return ["http://\(name):\(port)", "https://\(name):\(port)"]
        }
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: [UInt8](".-_:[]".utf8).contains(byte)
        }
    }
}
