/// Why an element of an imported file was rejected.
enum ImportRefusal: Error, Equatable {
    case noPlace
    case notOnEarth
    case noTime
    case inFuture
    case clockNotSet
    case encrypted
    case tooLong(limit: Int)
    /// The element is not what its format has; a sentence that says what was expected.
    case unexpected(String)

    /// A sentence that says what was expected, without any of the file's content.
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

/// Why a file cannot be read, or not any further.
enum ImportFailure: Error, Equatable {
    /// It is none of the formats.
    case unknownFormat(String)
    /// It is a file of a format, and damaged: a sentence that says where and how.
    case malformed(String)
}
