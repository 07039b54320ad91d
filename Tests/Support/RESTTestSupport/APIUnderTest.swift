package import HTTPServer
package import JSON
import Observability

/// An answer of a service's routes.
package struct Answer: Sendable {
    /// The status code.
    package let status: Int
    /// The headers that the route sets.
    package let headers: HTTPHeaders
    /// The complete content.
    package let bytes: [UInt8]

    /// The content as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The content as JSON.
    package var json: JSONValue { get throws { try JSONValue(bytes) } }
    /// The details of a problem by pointer, parameter or header.
    package var errors: [String: [String]] {
        get throws {
            var errors: [String: [String]] = [:]
            for error in try json["errors"]?.elements ?? [] {
                let place = (error["pointer"] ?? error["parameter"] ?? error["header"])?.string ?? "?"
                errors[place, default: []].append(error["detail"]?.string ?? "")
            }
            return errors
        }
    }
}

/// A service's routes with the description of its API.
///
/// Compares every answer with the description.
package struct APIUnderTest: Sendable {
    /// The description.
    package let description: APIDescription
    private let router: Router

    /// Combines a service's routes with the common endpoints of all services.
    ///
    /// - Parameters:
    ///   - routes: the service's own routes.
    ///   - openAPI: its OpenAPI document.
    /// - Throws: `JSONError` if the document is not JSON.
    package init(_ routes: Router, openAPI: [UInt8]) throws(JSONError) {
        var router = routes
        router.addStandardEndpoints(metrics: MetricsRegistry(), openAPI: openAPI) { Readiness(checks: []) }
        self.router = router
        description = try APIDescription(openAPI)
    }

    /// The routed operations: `GET /api/persons/{id}`.
    package var operations: Set<String> {
        Set(router.routes.map { "\($0.method.rawValue) \($0.template)" })
    }

    /// Sends a request to the routes.
    ///
    /// Returns their answer or problem. A body is JSON unless the headers state another type.
    ///
    /// - Throws: ``Undescribed`` if the answer does not match the description.
    package func send(
        _ method: HTTPMethod,
        _ target: String,
        headers: HTTPHeaders = ["Content-Type": "application/json"],
        body: [UInt8] = []
    ) async throws -> Answer {
        let request = try Request(method, target, headers: headers, body: RequestBody(body))
        let response: Response
        do {
            response = try await router.respond(to: request)
        } catch let error as any ProblemConvertible {
            response = error.problem.response(instance: request.id)
        }
        let answer = Answer(
            status: response.status.code,
            headers: response.headers,
            bytes: try await response.content()
        )
        let differences = description.differences(of: answer, to: method.rawValue, request.path)
        guard differences.isEmpty else {
            throw Undescribed(request: "\(method.rawValue) \(target)", differences: differences, answer: answer.text)
        }
        return answer
    }

    /// The same with text as the body.
    package func send(
        _ method: HTTPMethod,
        _ target: String,
        headers: HTTPHeaders = ["Content-Type": "application/json"],
        body: String
    ) async throws -> Answer {
        try await send(method, target, headers: headers, body: Array(body.utf8))
    }
}

/// An answer does not match the description of the API.
package struct Undescribed: Error, CustomStringConvertible {
    let request: String
    let differences: [String]
    let answer: String

    package var description: String {
        "The answer to \(request) does not match: \(differences.joined(separator: "; ")): \(answer.prefix(500))"
    }
}
