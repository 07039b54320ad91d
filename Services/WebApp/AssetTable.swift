import HTTPServer

/// The files of the pages, read, tagged and compressed once.
///
/// All are below one path that has a hash of all of them in it: what is there never changes, and the pages' modules find
/// each other by relative names.
struct AssetTable: Sendable {
    /// The path of the folder, without a slash at the end.
    let path: String
    /// The document of every page.
    let document: StaticContent
    private let files: [String: StaticContent]

    /// What is wrong with the files.
    struct UnusableFiles: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - folder: where the pages' own files are, `index.html` among them.
    ///   - leaflet: where Leaflet is, as Debian installs it.
    /// - Throws: ``UnusableFiles``, which names the file that cannot be read.
    init(folder: String, leaflet: String) throws(UnusableFiles) {
        var files: [String: StaticContent] = [:]
        guard let names = Files.names(in: folder) else {
            throw UnusableFiles(description: "WEB_ASSETS: \(folder) is not a folder that can be read.")
        }
        for name in names where Self.contentType(of: name) != nil {
            files[name] = try Self.content(folder, name, setting: "WEB_ASSETS")
        }
        for name in Self.leafletFiles {
            files["leaflet/\(name)"] = try Self.content(leaflet, name, setting: "WEB_LEAFLET")
        }
        guard let document = files.removeValue(forKey: "index.html") else {
            throw UnusableFiles(description: "WEB_ASSETS: there is no index.html in \(folder).")
        }
        let tags = files.sorted { $0.key < $1.key }.map { $0.key + $0.value.tag }.joined()
        let version = StaticContent(Array(tags.utf8), contentType: "").tag.filter(\.isHexDigit).prefix(16)
        path = "/assets/\(version)"
        let html = String(decoding: document.bytes, as: UTF8.self).replacing("{assets}", with: path)
        self.document = StaticContent(Array(html.utf8), contentType: "text/html; charset=utf-8")
        self.files = files
    }

    /// How many files there are.
    var count: Int { files.count }

    /// How many bytes they are, compressed.
    var compressedCount: Int { files.values.reduce(0) { $0 + $1.compressedCount } }

    /// A file by its name below ``path``.
    subscript(name: String) -> StaticContent? { files[name] }

    private static let leafletFiles = ["leaflet.esm.min.js", "leaflet.css"]

    private static func content(
        _ folder: String,
        _ name: String,
        setting: String
    ) throws(UnusableFiles) -> StaticContent {
        guard let type = contentType(of: name), let bytes = Files.content(of: "\(folder)/\(name)")
        else { throw UnusableFiles(description: "\(setting): \(folder)/\(name) cannot be read.") }
        return StaticContent(bytes, contentType: type)
    }

    private static func contentType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }
}
