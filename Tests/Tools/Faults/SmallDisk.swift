import Foundation
import Glibc

/// A file system in memory that cases can fill completely.
final class SmallDisk: Sendable {
    /// The content of a small disk.
    enum Content: String, CaseIterable {
        case data
        case log = "WAL"
        case broker
    }

    /// The mount point.
    let path: String

    /// Mounts a file system over a folder, and moves its files there.
    ///
    /// - Throws: ``Obstacle`` if this machine does not permit mounting.
    init(under path: String, mebibytes: Int) async throws {
        self.path = path
        let original = "\(path).before"
        try FileManager.default.moveItem(atPath: path, toPath: original)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        do {
            try await Tool.run(["mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "faults", path])
        } catch {
            throw Obstacle("Not tried: only root may mount the file systems that the case needs.")
        }
        try await Tool.run(["cp", "-a", "\(original)/.", path])
        try FileManager.default.removeItem(atPath: original)
    }

    /// Fills the disk.
    func fill() {
        let file = open(ballast, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(file) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var size = zeros.count
        while size > 0 {
            if write(file, zeros, size) <= 0 { size /= 2 }
        }
    }

    /// Frees the space.
    func clear() {
        unlink(ballast)
    }

    /// Unmounts the disks at some paths, including those of a killed run.
    static func unmount(_ paths: [String]) async {
        for path in paths { try? await Tool.run(["umount", "--lazy", path]) }
    }

    private var ballast: String { "\(path)/ballast" }
}
