/// The media types that a route accepts in a request's body.
///
/// A page of another origin can send a body without a preflight only with the media types of HTML forms. A route with
/// these types accepts none of those.
package struct RequestContent: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// `application/json`, and types that end in `+json`.
    package static let json = RequestContent(rawValue: 1)
    /// `application/x-ndjson` and its other names: one JSON value per line.
    package static let jsonLines = RequestContent(rawValue: 2)

    /// Checks a request that has a body.
    ///
    /// - Throws: a 415 problem.
    func check(_ request: Request) throws(Problem) {
        guard request.body.announcedLength != 0, isDisjoint(with: RequestContent(of: request)) else { return }
        let expected = contains(.jsonLines) ? "application/json, or application/x-ndjson for lines" : "application/json"
        throw Problem(
            .unsupportedMediaType,
            "The body's media type is not one that is taken here.",
            errors: [.header("Content-Type", "Expected \(expected).")]
        )
    }

    /// The media type of a request's body.
    fileprivate init(of request: Request) {
        guard let type = request.mediaType else {
            self = []
            return
        }
        switch type {
        case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines",
            "application/x-jsonlines":
            self = .jsonLines
        default: self = ContentCoding.isJSON(type) ? .json : []
        }
    }
}

extension Request {
    /// The body's media type in lower case and without parameters; `nil` without one.
    package var mediaType: String? { headers["Content-Type"].map(ContentCoding.mediaType) }

    /// Whether the media type is one of `types`.
    package func isContent(_ types: RequestContent) -> Bool {
        !types.isDisjoint(with: RequestContent(of: self))
    }
}
