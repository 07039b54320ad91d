internal import Foundation

/// Data written by some release, kept unchanged so that all later releases can read it.
///
/// A text file with a name, a space and a value per line, and comments after `#`. Files are added, never changed.
package struct GoldenFile: Sendable, CustomStringConvertible {
    /// The file's name without its extension: the kind and the version.
    package let name: String
    private let lines: [(name: String, value: String)]

    /// The files of a folder in `Tests`, by name.
    ///
    /// - Throws: an error of reading, or ``Missing`` if there are none.
    package static func all(in folder: String) throws -> [GoldenFile] {
        let folder = TestCluster.packageRoot.appending(path: "Tests/\(folder)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        guard !files.isEmpty else { throw Missing(name: folder.path()) }
        return try files.map { try GoldenFile($0) }.sorted { $0.name < $1.name }
    }

    private init(_ file: URL) throws {
        name = file.deletingPathExtension().lastPathComponent
        lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            let parts = $0.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    /// The name.
    package var description: String { name }

    /// The values of a name, in order.
    package func values(_ name: String) -> [String] {
        lines.filter { $0.name == name }.map(\.value)
    }

    /// The first value of a name; `nil` if the name is missing.
    package subscript(name: String) -> String? { values(name).first }

    /// The value of a name.
    ///
    /// - Throws: ``Missing`` if the name is missing.
    package func value(_ name: String) throws -> String {
        guard let value = self[name] else { throw Missing(name: "\(self.name): \(name)") }
        return value
    }

    /// A number under a name.
    package func integer<Integer: FixedWidthInteger>(_ name: String) throws -> Integer {
        guard let number = Integer(try value(name)) else { throw Missing(name: "\(self.name): \(name)") }
        return number
    }

    /// The bytes of a text of hexadecimal digits.
    ///
    /// - Throws: ``Missing`` if the text is not hexadecimal.
    package static func bytes(hexadecimal: String) throws -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        guard digits.count == hexadecimal.count, digits.count.isMultiple(of: 2) else {
            throw Missing(name: hexadecimal)
        }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// A required value is missing from a golden file.
    package struct Missing: Error {
        let name: String
    }
}
