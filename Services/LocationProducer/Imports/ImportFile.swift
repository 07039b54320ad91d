import HTTPServer
import Models

/// Divides an upload into pieces of the file.
///
/// Decompresses gzip data; passes other data through.
struct ImportFile {
    private enum Form {
        case plain
        case gzip(Inflater)
    }

    private let limit: Int
    private var form: Form?
    private var beginning: [UInt8] = []
    private var waiting: [UInt8] = []
    /// The number of delivered bytes.
    private(set) var count = 0

    /// - Parameter limit: the maximum bytes of the file.
    init(limit: Int) {
        self.limit = limit
    }

    /// Adds the next bytes, after ``next()`` has returned `nil`.
    mutating func take(_ bytes: [UInt8]) {
        beginning += bytes
        if form == nil, beginning.count >= 2 {
            form = beginning.starts(with: [0x1F, 0x8B]) ? .gzip(Inflater()) : .plain
        }
        switch form {
        case .plain: waiting = beginning
        case .gzip(let inflater): inflater.take(beginning)
        case nil: return
        }
        beginning = []
    }

    /// The next piece; `nil` if more bytes are needed.
    ///
    /// - Throws: a 413 problem over the limit, 400 for malformed gzip data.
    mutating func next() throws(Problem) -> [UInt8]? {
        let piece: [UInt8]
        switch form {
        case .gzip(let inflater):
            guard let pending = try inflater.pending(limit: limit - count) else { return nil }
            piece = pending
        case .plain, nil:
            guard !waiting.isEmpty else { return nil }
            piece = waiting
            waiting = []
        }
        count += piece.count
        guard count <= limit else {
            throw Problem(.contentTooLarge, "A file has at most \(limit) bytes, after decompression; split it.")
        }
        return piece
    }

    /// Ends the upload.
    ///
    /// - Returns: a last piece, for a file of one byte.
    /// - Throws: a 400 problem if gzip data are incomplete.
    mutating func finish() throws(Problem) -> [UInt8] {
        if case .gzip(let inflater) = form { try inflater.finish() }
        if form == nil { count += beginning.count }
        return form == nil ? beginning : []
    }
}
