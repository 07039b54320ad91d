internal import CLibArchive

/// A file of an archive.
package struct ArchivedFile: Equatable, Sendable {
    /// The path, with slashes.
    package let path: String
    /// The content.
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        (self.path, self.bytes) = (path, bytes)
    }
}

/// Why an archive cannot be read or written.
package enum ArchiveError: Error, Equatable, Sendable {
    /// The bytes are not a ZIP archive, or are damaged.
    case malformed
    /// The archive has more files than the limit.
    case tooManyFiles
    /// The files have more bytes than the limit, after decompression.
    case tooLarge
    /// The library has too little memory.
    case outOfMemory
}

/// ZIP archives in memory, by libarchive.
///
/// Nothing is written to a file system, so paths in an archive are only names.
package enum ZipArchive {
    private static let regularFile: UInt32 = 0o100_000
    private static let pieceSize = 1 << 16
    /// The bytes of headers beyond content and path, at most.
    private static let headerSize = 512

    /// Reads all files; O(decompressed bytes).
    ///
    /// - Parameters:
    ///   - bytes: the archive.
    ///   - maximumFiles: the maximum number of entries, folders included.
    ///   - maximumBytes: the maximum number of decompressed bytes of all files.
    /// - Returns: the files in the order of the archive; encrypted files and paths that are not text are left out.
    /// - Throws: ``ArchiveError``.
    package static func files(
        in bytes: [UInt8],
        maximumFiles: Int,
        maximumBytes: Int
    ) throws(ArchiveError) -> [ArchivedFile] {
        guard let archive = archive_read_new() else { throw .outOfMemory }
        defer { archive_read_free(archive) }
        archive_read_support_format_zip(archive)
        var files: [ArchivedFile] = []
        var failure: ArchiveError?
        // Safety: libarchive reads the bytes within this closure only.
        bytes.withUnsafeBytes { buffer in
            do throws(ArchiveError) {
                guard archive_read_open_memory(archive, buffer.baseAddress, buffer.count) == ARCHIVE_OK else {
                    throw .malformed
                }
                files = try Self.files(of: archive, maximumFiles, maximumBytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return files
    }

    private static func files(
        of archive: OpaquePointer,
        _ maximumFiles: Int,
        _ maximumBytes: Int
    ) throws(ArchiveError) -> [ArchivedFile] {
        var files: [ArchivedFile] = []
        var (entryCount, rest) = (0, maximumBytes)
        while true {
            var entry: OpaquePointer?
            let status = archive_read_next_header(archive, &entry)
            guard status != ARCHIVE_EOF else { return files }
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw .malformed }
            entryCount += 1
            guard entryCount <= maximumFiles else { throw .tooManyFiles }
            guard archive_entry_filetype(entry) == regularFile, archive_entry_is_encrypted(entry) == 0,
                let path = archive_entry_pathname(entry).map({ String(cString: $0) })
            else { continue }
            let content = try content(of: archive, upTo: rest)
            rest -= content.count
            files.append(ArchivedFile(path: path, bytes: content))
        }
    }

    private static func content(of archive: OpaquePointer, upTo limit: Int) throws(ArchiveError) -> [UInt8] {
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieceSize)
        while true {
            let count = archive_read_data(archive, &piece, piece.count)
            guard count >= 0 else { throw .malformed }
            guard count > 0 else { return content }
            guard content.count + count <= limit else { throw .tooLarge }
            content.append(contentsOf: piece[..<count])
        }
    }

    /// Writes an archive of files, all of them with the same time, so that equal files make equal archives.
    ///
    /// - Throws: ``ArchiveError/outOfMemory``.
    package static func bytes(of files: [ArchivedFile]) throws(ArchiveError) -> [UInt8] {
        guard let archive = archive_write_new() else { throw .outOfMemory }
        defer { archive_write_free(archive) }
        archive_write_set_format_zip(archive)
        // Deflate makes incompressible content at most a thousandth longer.
        let capacity = files.reduce(headerSize) { sum, file in
            sum + file.bytes.count + file.bytes.count / 1_000 + 2 * file.path.utf8.count + headerSize
        }
        var output = [UInt8](repeating: 0, count: capacity)
        var used = 0
        // Safety: libarchive writes into the buffer and its length within this closure only.
        let isWritten = output.withUnsafeMutableBytes { buffer in
            withUnsafeMutablePointer(to: &used) { used in
                guard archive_write_open_memory(archive, buffer.baseAddress, buffer.count, used) == ARCHIVE_OK else {
                    return false
                }
                return files.allSatisfy { write($0, to: archive) } && archive_write_close(archive) == ARCHIVE_OK
            }
        }
        guard isWritten else { throw .outOfMemory }
        return Array(output[..<used])
    }

    private static func write(_ file: ArchivedFile, to archive: OpaquePointer) -> Bool {
        guard let entry = entry(file.path) else { return false }
        defer { archive_entry_free(entry) }
        archive_entry_set_size(entry, Int64(file.bytes.count))
        return archive_write_header(archive, entry) == ARCHIVE_OK
            && archive_write_data(archive, file.bytes, file.bytes.count) == file.bytes.count
    }

    /// The entry of a file, which the caller frees; `nil` if the library has too little memory.
    static func entry(_ path: String) -> OpaquePointer? {
        guard let entry = archive_entry_new() else { return nil }
        archive_entry_set_pathname(entry, path)
        archive_entry_set_filetype(entry, regularFile)
        archive_entry_set_perm(entry, 0o644)
        // 1980-01-01, where the time of ZIP begins.
        archive_entry_set_mtime(entry, 315_532_800, 0)
        return entry
    }
}
