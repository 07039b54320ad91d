import Foundation
package import ServiceRuntime

/// The table of settings in a service's README.md, generated from the settings.
package enum SettingsTable {
    /// The lines of the table.
    package static func lines(_ settings: [Setting]) -> [String] {
        ["| variable | value | default | purpose |", "|---|---|---|---|"]
            + settings.map { setting in
                let fallback = setting.defaultText.map { "`\($0)`" } ?? (setting.isRequired ? "required" : "")
                return "| `\(setting.key)` | \(setting.expectation) | \(fallback) | \(setting.help) |"
            }
    }

    /// The lines of the table in a service's README.md.
    package static func lines(inReadmeOf service: String) throws -> [String] {
        let root = URL(filePath: #filePath, directoryHint: .notDirectory)
            .appending(path: "../../../..").standardizedFileURL
        let readme = root.appending(path: "Services/\(service)/README.md")
        let lines = try String(contentsOf: readme, encoding: .utf8).split(
            separator: "\n",
            omittingEmptySubsequences: false
        ).map(String.init)
        guard let header = self.lines([]).first, let start = lines.firstIndex(of: header) else { return [] }
        return Array(lines[start...].prefix { $0.hasPrefix("|") })
    }
}
