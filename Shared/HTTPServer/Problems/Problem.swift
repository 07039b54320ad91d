package import JSON

/// An error for the client: `application/problem+json` (RFC 9457).
///
/// Handlers throw it. `detail` is a sentence that names the cause and the next step; `errors` names the parts of the
/// request. Neither quotes data that the client did not send.
package struct Problem: Error, Sendable {
    /// The response's status.
    package var status: HTTPStatus
    /// A URI of the kind of problem; `about:blank` if the status is enough.
    package var type: String
    /// A short title of the kind of problem.
    package var title: String
    /// A sentence about this occurrence.
    package var detail: String?
    /// The faulty parts of the request.
    package var errors: [ProblemField]
    /// Further headers of the response, such as `Retry-After`.
    package var headers: HTTPHeaders
    /// Writes further members into the object, for example for older clients.
    package var extensions: (@Sendable (inout JSONWriter) -> Void)?
    /// Whether the connection must be closed.
    var closesConnection = false

    /// A problem.
    package init(
        _ status: HTTPStatus,
        _ detail: String? = nil,
        type: String = "about:blank",
        title: String? = nil,
        errors: [ProblemField] = [],
        headers: HTTPHeaders = [:],
        extensions: (@Sendable (inout JSONWriter) -> Void)? = nil
    ) {
        self.status = status
        self.type = type
        self.title = title ?? status.reason
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.extensions = extensions
    }

    /// A 503 problem: the server is overloaded, or a dependency is unavailable.
    ///
    /// - Parameters:
    ///   - detail: a sentence about the cause.
    ///   - retryAfter: the seconds after which the client should retry.
    /// - Returns: a 503 problem.
    package static func unavailable(_ detail: String, retryAfter: Int = 1) -> Problem {
        Problem(.serviceUnavailable, detail, headers: ["Retry-After": String(retryAfter)])
    }

    /// The response with the problem.
    ///
    /// - Parameter instance: the request's id.
    /// - Returns: `application/problem+json`.
    package func response(instance: String) -> Response {
        var response = Response(status: status, headers: headers, body: .bytes(json(instance: instance)))
        response.headers["Content-Type"] = "application/problem+json"
        response.closesConnection = closesConnection
        return response
    }

    /// The problem as JSON, also for the events of a stream.
    ///
    /// - Parameter instance: the request's id.
    /// - Returns: an object without line breaks.
    package func json(instance: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("type", type)
            writer.member("title", title)
            writer.member("status", status.code)
            if let detail {
                writer.member("detail", detail)
            }
            writer.member("instance", instance)
            if !errors.isEmpty {
                writer.array("errors", of: errors) { $1.write(to: &$0) }
            }
            extensions?(&writer)
        }
    }
}

/// A faulty part of a request, and what was expected there.
package struct ProblemField: Sendable, Equatable {
    /// The place of the part.
    package enum Place: Sendable, Equatable {
        /// In a JSON body, by JSON pointer (RFC 6901): `/locations/3/latitude`.
        case pointer(String)
        /// A parameter of the path or the query, by name.
        case parameter(String)
        /// A header, by name.
        case header(String)
    }

    /// The place of the part.
    package let place: Place
    /// A sentence that says what was expected.
    package let detail: String

    /// A member of the JSON body.
    package static func pointer(_ pointer: String, _ detail: String) -> ProblemField {
        ProblemField(place: .pointer(pointer), detail: detail)
    }

    /// A parameter of the path or the query.
    package static func parameter(_ name: String, _ detail: String) -> ProblemField {
        ProblemField(place: .parameter(name), detail: detail)
    }

    /// A header.
    package static func header(_ name: String, _ detail: String) -> ProblemField {
        ProblemField(place: .header(name), detail: detail)
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch place {
            case .pointer(let pointer): writer.member("pointer", pointer)
            case .parameter(let name): writer.member("parameter", name)
            case .header(let name): writer.member("header", name)
            }
            writer.member("detail", detail)
        }
    }
}
