/// The reason for which an element of a file was rejected.
enum ImportRefusal: Error, Equatable {
    case noPlace
    case notOnEarth
    case noTime
    case inFuture
    case clockNotSet
    case encrypted
    case tooLong(limit: Int)
    /// The element does not match its format; a sentence that states what was expected.
    case unexpected(String)

    /// A sentence that states what was expected, without content of the file.
    var detail: String {
        switch self {
        case .noPlace: "Expected a latitude and a longitude, both of them numbers."
        case .notOnEarth: "Expected a latitude from -90 to 90 and a longitude from -180 to 180."
        case .noTime: "Expected a date with a time, such as 2026-05-04T10:00:00Z."
        case .inFuture: "Expected a time at most 5 minutes ahead."
        case .clockNotSet: "Expected a time from 1990 on: the receiver's clock was not set."
        case .encrypted: "Expected a message that is not encrypted."
        case .tooLong(let limit): "Expected an element of at most \(limit) bytes."
        case .unexpected(let sentence): sentence
        }
    }
}

/// The reason for which a file cannot be read to its end.
enum ImportFailure: Error, Equatable {
    /// The format is unknown.
    case unknownFormat(String)
    /// The file is damaged; a sentence that says where and how.
    case malformed(String)
}
