import Foundation
import Glibc

/// A file system in memory that can be filled to the last byte.
final class SmallDisk: Sendable {
    /// What is stored on one.
    enum Content: String, CaseIterable {
        case data
        case log = "WAL"
        case broker
    }

    /// Where it is mounted.
    let path: String

    /// Moves what is in a folder there.
    ///
    /// - Throws: ``Obstacle`` if this machine does not let us mount.
    init(under path: String, mebibytes: Int) async throws {
        self.path = path
        let original = "\(path).before"
        try FileManager.default.moveItem(atPath: path, toPath: original)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        do {
            try await Tool.run(["mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "faults", path])
        } catch {
            throw Obstacle("Not tried: it takes file systems of its own, and nobody but root may mount them.")
        }
        try await Tool.run(["cp", "-a", "\(original)/.", path])
        try FileManager.default.removeItem(atPath: original)
    }

    /// Takes all the room there is.
    func fill() {
        let file = open(ballast, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(file) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var size = zeros.count
        while size > 0 {
            if write(file, zeros, size) <= 0 { size /= 2 }
        }
    }

    /// Gives it back.
    func clear() {
        unlink(ballast)
    }

    /// Takes away what is mounted at some places, those of a run that was killed included.
    static func unmount(_ paths: [String]) async {
        for path in paths { try? await Tool.run(["umount", "--lazy", path]) }
    }

    private var ballast: String { "\(path)/ballast" }
}
