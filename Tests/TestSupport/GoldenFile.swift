internal import Foundation

/// What some release wrote, kept as it was so that all later ones go on understanding it.
///
/// A text file: lines of a name, a space and a value, and comments behind `#`. Files are added, never changed.
package struct GoldenFile: Sendable, CustomStringConvertible {
    /// The file's name without its ending: what it is, and its version.
    package let name: String
    private let lines: [(name: String, value: String)]

    /// The files of a folder in `Tests`, by their names.
    ///
    /// - Throws: what reading them throws; ``Missing`` if there is none.
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

    /// The values of a name, in their order.
    package func values(_ name: String) -> [String] {
        lines.filter { $0.name == name }.map(\.value)
    }

    /// The value of a name, if there is one.
    package subscript(name: String) -> String? { values(name).first }

    /// The value of a name.
    ///
    /// - Throws: ``Missing`` if there is none.
    package func value(_ name: String) throws -> String {
        guard let value = self[name] else { throw Missing(name: "\(self.name): \(name)") }
        return value
    }

    /// A number under a name.
    package func integer<Integer: FixedWidthInteger>(_ name: String) throws -> Integer {
        guard let number = Integer(try value(name)) else { throw Missing(name: "\(self.name): \(name)") }
        return number
    }

    /// The bytes that hexadecimal digits stand for.
    ///
    /// - Throws: ``Missing`` if they are none.
    package static func bytes(hexadecimal: String) throws -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        guard digits.count == hexadecimal.count, digits.count.isMultiple(of: 2) else {
            throw Missing(name: hexadecimal)
        }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// Something that a golden file has to have.
    package struct Missing: Error {
        let name: String
    }
}
