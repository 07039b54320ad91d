import HTTPServer
import ServiceRuntime
import ServiceWiring

/// web-app's settings.
struct WebAppConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// The folder of the pages.
    let assets: String
    /// The folder of Leaflet.
    let leaflet: String
    /// Where the browser finds the REST surface.
    let api: APIAddress
    /// The hosts under which browsers reach the pages.
    let hosts: [String]
    /// Where tiles of a map come from, if from anywhere.
    let tiles: String?
    /// Whose tiles those are.
    let tilesAttribution: String?
    /// A GeoJSON file with halls and stands, if there is one.
    let ground: String?

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        assets = reader.string("WEB_ASSETS", default: "Services/WebApp/Assets", "Folder of the pages.")
        leaflet = reader.string("WEB_LEAFLET", default: "/usr/share/javascript/leaflet", "Folder of Leaflet.")
        let address = reader.optionalString(
            "API_URL",
            "Where browsers find the REST API: https://api.example.org, or :30001 of the page's host; else where the page is."
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
            "Hosts, without ports, of the pages that may ask an API_URL that is a port; pages of others may not."
        ).split(separator: ",").map(String.init)
        tiles = reader.optionalString(
            "TILE_URL",
            "Tiles for the map, with {z}, {x} and {y}; without it there are none."
        )
        tilesAttribution = reader.optionalString("TILE_ATTRIBUTION", "Whose tiles they are, as the map says it.")
        ground = reader.optionalString("GROUND_MAP", "GeoJSON file with the polygons of halls and stands.")
    }
}

/// Where the browser finds the REST surface.
enum APIAddress: Equatable {
    /// Where the page is.
    case sameOrigin
    /// At another port of the page's host.
    case port(Int)
    /// Elsewhere: scheme, host and port.
    case origin(String)

    /// Reads an origin, a colon with a port, or nothing.
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

    /// As it is set.
    var description: String {
        switch self {
        case .sameOrigin: ""
        case .port(let port): ":\(port)"
        case .origin(let origin): origin
        }
    }

    /// As a source of a content security policy, beside `'self'`.
    ///
    /// - Parameters:
    ///   - host: the page's `Host`, which is the client's text.
    ///   - known: the hosts that are taken.
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
