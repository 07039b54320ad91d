import Models

/// Parses the elements of a file that arrives in pieces.
///
/// Holds at most one incomplete element.
protocol DocumentReader {
    /// Parses the next piece, in UTF-8.
    mutating func read(_ piece: [UInt8], into yield: inout ImportYield) throws(ImportFailure)
    /// Ends the file.
    mutating func finish(into yield: inout ImportYield) throws(ImportFailure)
}

/// Bounds for the elements of a file.
enum DocumentBounds {
    /// Maximum bytes of a JSON element: a feature with all its points, or a stay with its path.
    static let element = 4 << 20
    /// Maximum bytes of a line.
    static let line = 64 << 10
    /// Maximum bytes of the text of an XML element.
    static let text = 256 << 10
    /// Maximum number of times or places of a track that wait for their counterpart.
    static let pending = 1_000_000
}
