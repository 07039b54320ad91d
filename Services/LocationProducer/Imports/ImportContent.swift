import Credentials
import HTTPServer
import Models

/// The properties of the file in a request's body.
enum ImportContent {
    /// The format stated by the query or the media type; `nil` if the file's content must determine it.
    ///
    /// - Throws: a 400 problem if the query states an unknown format.
    static func format(of request: Request) throws(Problem) -> LocationImport.Format? {
        if let format = try request.query.optional("format", as: LocationImport.Format.self) { return format }
        switch request.mediaType {
        case "application/gpx+xml": return .gpx
        case "application/vnd.google-earth.kml+xml": return .kml
        case "application/geo+json", "application/vnd.geo+json": return .geojson
        case "text/csv": return .csv
        default: return nil
        }
    }

    /// Computes the digest of the file.
    static func digest(of request: Request, upTo limit: Int) async throws -> [UInt8] {
        let digest = ContentDigest()
        var file = ImportFile(limit: limit)
        for try await bytes in request.body.limited(to: limit) {
            file.take(bytes)
            while let piece = try file.next() { digest.add(piece) }
        }
        digest.add(try file.finish())
        return digest.finish()
    }
}

extension LocationImport.Format: PathParameter {
    package static var expectation: String {
        "one of " + allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension ImportID {
    /// The id from the client's `Idempotency-Key`, or a new one.
    ///
    /// - Throws: a 400 problem if the key is not a valid id.
    init(of request: Request) throws(Problem) {
        guard let key = try IdempotencyKey(of: request) else {
            self = .random()
            return
        }
        guard let id = ImportID(key.text) else {
            throw Problem(
                .badRequest,
                "A header is not what was expected.",
                errors: [.header(IdempotencyKey.header, "Expected \(ImportID.expectation): it is the import's id.")]
            )
        }
        self = id
    }
}

extension ImportFailure: ProblemConvertible {
    /// 415 for a file of an unknown format, 400 for a damaged one.
    var problem: Problem {
        switch self {
        case .unknownFormat(let detail): Problem(.unsupportedMediaType, detail)
        case .malformed(let detail): Problem(.badRequest, detail)
        }
    }
}
