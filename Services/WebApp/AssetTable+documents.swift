import HTTPServer

extension AssetTable {
    /// The modules of pages by the first segment of their paths, which ends with a slash if others follow.
    private static let modules = [
        "": "day.js", "people": "people.js", "people/": "person.js", "event": "event.js", "me": "me.js",
        "phone": "phone.js", "sign-in": "sign-in.js",
    ]

    /// The key of ``documents`` for a path.
    static func page(of path: String) -> String {
        let segments = path.split(separator: "/")
        return (segments.first.map(String.init) ?? "") + (segments.count > 1 ? "/" : "")
    }

    /// The documents of pages, which name all modules of the page: the browser requests them at once, instead of one after another.
    ///
    /// The requests that `early.js` starts precede the modules that are needed only once there is an answer.
    ///
    /// - Parameters:
    ///   - html: the document with `{preload}` in the place of the links.
    ///   - folder: the path of the files.
    ///   - files: the files by their names in the folder.
    /// - Returns: the documents by the first segment of the page's path.
    static func documents(
        _ html: String,
        folder: String,
        files: [String: StaticContent]
    ) -> [String: StaticContent] {
        let early = imports(of: ["early.js"], in: files)
        func links(_ names: [String], priority: String) -> String {
            names.map {
                "<link rel=\"modulepreload\" fetchpriority=\"\(priority)\" href=\"\(folder)/\($0)\">\n"
            }.joined()
        }
        return modules.filter { files[$0.value] != nil }.mapValues { module in
            let late = imports(of: ["main.js", module], in: files).filter { !early.contains($0) }
            return document(
                html.replacing("{preload}\n", with: links(early, priority: "high") + links(late, priority: "low"))
            )
        }
    }

    /// A document of a text.
    static func document(_ html: String) -> StaticContent {
        StaticContent(Array(html.utf8), contentType: "text/html; charset=utf-8")
    }

    /// Modules and the modules that they import, in the order in which they are found.
    private static func imports(of modules: [String], in files: [String: StaticContent]) -> [String] {
        var found = modules
        var index = 0
        while index < found.count {
            let source = files[found[index]].map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
            for line in source.split(separator: "\n") where line.hasPrefix("import ") || line.hasPrefix("export {") {
                let parts = line.split(separator: "\"")
                guard parts.count > 1, parts[1].hasPrefix("./") else { continue }
                let name = String(parts[1].dropFirst(2))
                if !found.contains(name), files[name] != nil { found.append(name) }
            }
            index += 1
        }
        return found
    }
}
