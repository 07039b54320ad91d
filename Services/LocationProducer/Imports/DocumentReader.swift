import Models

/// Reads the elements of a file that arrives in pieces; holds one unfinished element at most.
protocol DocumentReader {
    /// Reads the next piece, in UTF-8.
    mutating func read(_ piece: [UInt8], into yield: inout ImportYield) throws(ImportFailure)
    /// Ends the file.
    mutating func finish(into yield: inout ImportYield) throws(ImportFailure)
}

/// The bounds of a file's elements.
enum DocumentBounds {
    /// The most bytes of an element of JSON: a feature with all its points, or a stay with its path.
    static let element = 4 << 20
    /// The most bytes of a line.
    static let line = 64 << 10
    /// The most bytes of the text of an XML element.
    static let text = 256 << 10
    /// The most times or places of a track that wait for their counterpart.
    static let pending = 1_000_000
}
