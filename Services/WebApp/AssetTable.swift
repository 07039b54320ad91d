import HTTPServer

/// The files of the pages, which are read, tagged and compressed once.
///
/// All paths begin with a hash of all files: the content of a path never changes, and modules import each other by
/// relative names.
struct AssetTable: Sendable {
    /// The path of the folder, without a trailing slash.
    let path: String
    /// The document of pages that have none of their own.
    let document: StaticContent
    /// The documents of pages; see ``page(of:)``.
    let documents: [String: StaticContent]
    /// The service worker, which is not among the files because its path never changes.
    let worker: StaticContent
    /// The description of the whole REST API, at a path that never changes either.
    let description: StaticContent
    private let files: [String: StaticContent]

    /// A file is missing or cannot be read.
    struct UnusableFiles: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads all files.
    ///
    /// - Parameters:
    ///   - folder: the pages' files, including `index.html`.
    ///   - leaflet: Leaflet, as installed by Debian.
    ///   - settings: the pages' settings as JSON.
    /// - Throws: ``UnusableFiles``, which names the unreadable file.
    init(folder: String, leaflet: String, settings: String = "{}") throws(UnusableFiles) {
        var files: [String: StaticContent] = [:]
        guard let names = Files.names(in: folder) else {
            throw UnusableFiles(description: "WEB_ASSETS: \(folder) is not a readable folder.")
        }
        for name in names where Self.contentType(of: name) != nil {
            files[name] = try Self.content(folder, name, setting: "WEB_ASSETS")
        }
        for name in Self.leafletFiles {
            files["leaflet/\(name)"] = try Self.content(leaflet, name, setting: "WEB_LEAFLET")
        }
        // The first paint waits for all of them: one request instead of six.
        let styles = Self.styles.compactMap { files.removeValue(forKey: $0)?.bytes }
        files["styles.css"] = StaticContent(Array(styles.joined()), contentType: "text/css; charset=utf-8")
        guard let document = files.removeValue(forKey: "index.html") else {
            throw UnusableFiles(description: "WEB_ASSETS: \(folder) has no index.html.")
        }
        guard let worker = files.removeValue(forKey: "sw.js") else {
            throw UnusableFiles(description: "WEB_ASSETS: \(folder) has no sw.js.")
        }
        guard let description = files.removeValue(forKey: "openapi.json") else {
            throw UnusableFiles(description: "WEB_ASSETS: \(folder) has no openapi.json.")
        }
        self.description = description
        let tags = files.sorted { $0.key < $1.key }.map { $0.key + $0.value.tag }.joined()
        let version = StaticContent(Array(tags.utf8), contentType: "").tag.filter(\.isHexDigit).prefix(16)
        path = "/assets/\(version)"
        let quoted = settings.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
        let html = String(decoding: document.bytes, as: UTF8.self).replacing("{assets}", with: path)
            .replacing("{settings}", with: quoted)
        self.document = Self.document(html.replacing("{preload}\n", with: ""))
        documents = Self.documents(html, folder: path, files: files)
        let list = "[" + files.keys.sorted().map { "\"\($0)\"" }.joined(separator: ",") + "]"
        let script = String(decoding: worker.bytes, as: UTF8.self).replacing("{folder}", with: path)
            .replacing("{files}", with: list)
        self.worker = StaticContent(Array(script.utf8), contentType: "text/javascript; charset=utf-8")
        self.files = files
    }

    /// The number of files.
    var count: Int { files.count }

    /// The compressed size of all files in bytes.
    var compressedCount: Int { files.values.reduce(0) { $0 + $1.compressedCount } }

    /// A file by its name relative to ``path``.
    subscript(name: String) -> StaticContent? { files[name] }

    /// The styles of the pages in the order of their precedence.
    private static let styles = ["tokens.css", "style.css", "event.css", "day.css", "me.css", "print.css"]
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
        case "json": "application/json"
        case "png": "image/png"
        case "svg": "image/svg+xml"
        case "webmanifest": "application/manifest+json"
        default: nil
        }
    }
}
