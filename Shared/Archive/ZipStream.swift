internal import CLibArchive

/// A ZIP archive written in pieces, by libarchive, so that its files may be longer than memory.
///
/// ```swift
/// let archive = try ZipStream()
/// try archive.beginFile("locations.ndjson")
/// for piece in pieces {
///     try archive.write(piece)
///     send(archive.takeBytes())
/// }
/// try archive.finish()
/// send(archive.takeBytes())
/// ```
///
/// It holds the bytes that were not taken, 100 bytes a file, and a quarter of a megabyte for the compression.
package final class ZipStream {
    /// The written bytes, which libarchive's callback appends to.
    private final class Output {
        var bytes: [UInt8] = []
    }

    private let archive: OpaquePointer
    private let output = Output()

    /// An archive without files.
    ///
    /// - Throws: ``ArchiveError/outOfMemory``.
    package init() throws(ArchiveError) {
        guard let archive = archive_write_new() else { throw .outOfMemory }
        self.archive = archive
        archive_write_set_format_zip(archive)
        // Without padding, and without a buffer of its own.
        archive_write_set_bytes_per_block(archive, 0)
        archive_write_set_bytes_in_last_block(archive, 1)
        // Safety: the output lives as long as this object, which frees the archive before it; libarchive calls back on the
        // caller's thread only, with the length of its buffer.
        let context = Unmanaged.passUnretained(output).toOpaque()
        let status = archive_write_open(
            archive,
            context,
            nil,
            { _, context, bytes, count in
                guard let context, let bytes else { return -1 }
                let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                output.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                return count
            },
            nil
        )
        guard status == ARCHIVE_OK else { throw .outOfMemory }
    }

    deinit {
        archive_write_free(archive)
    }

    /// Begins a file, and ends the one before.
    ///
    /// - Throws: ``ArchiveError/outOfMemory``.
    package func beginFile(_ path: String) throws(ArchiveError) {
        // Without its size, which is written behind the content.
        guard let entry = ZipArchive.entry(path) else { throw .outOfMemory }
        defer { archive_entry_free(entry) }
        guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw .outOfMemory }
    }

    /// Appends bytes to the file.
    ///
    /// - Throws: ``ArchiveError/outOfMemory``.
    package func write(_ bytes: [UInt8]) throws(ArchiveError) {
        guard archive_write_data(archive, bytes, bytes.count) == bytes.count else { throw .outOfMemory }
    }

    /// Ends the last file, and writes the list of files.
    ///
    /// - Throws: ``ArchiveError/outOfMemory``.
    package func finish() throws(ArchiveError) {
        guard archive_write_close(archive) == ARCHIVE_OK else { throw .outOfMemory }
    }

    /// Returns the bytes written so far, and forgets them.
    package func takeBytes() -> [UInt8] {
        defer { output.bytes = [] }
        return output.bytes
    }
}
