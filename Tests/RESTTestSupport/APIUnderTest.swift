package import HTTPServer
package import JSON
import Observability

/// What a service answers, as far as its routes make it.
package struct Answer: Sendable {
    /// The status code.
    package let status: Int
    /// The fields that the route sets.
    package let headers: HTTPHeaders
    /// The whole content.
    package let bytes: [UInt8]

    /// The content as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The content as JSON.
    package var json: JSONValue { get throws { try JSONValue(bytes) } }
    /// What a problem says about the parts of the request: pointer, parameter or header → the sentences.
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

/// A service's routes beside the description of its API: every answer is held against the description.
package struct APIUnderTest: Sendable {
    /// The description.
    package let description: APIDescription
    private let router: Router

    /// Joins a service's routes with the endpoints that every service has.
    ///
    /// - Parameters:
    ///   - routes: the service's own routes.
    ///   - openAPI: its OpenAPI document.
    /// - Throws: `JSONError` if the document is no JSON.
    package init(_ routes: Router, openAPI: [UInt8]) throws(JSONError) {
        var router = routes
        router.addStandardEndpoints(metrics: MetricsRegistry(), openAPI: openAPI) { Readiness(checks: []) }
        self.router = router
        description = try APIDescription(openAPI)
    }

    /// What is routed: `GET /api/persons/{id}`.
    package var operations: Set<String> {
        Set(router.routes.map { "\($0.method.rawValue) \($0.template)" })
    }

    /// Sends a request to the routes and returns their answer, problems included; a body is JSON unless the headers say else.
    ///
    /// - Throws: ``Undescribed`` if the answer is not what the description says.
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

/// An answer is not what the API's description says.
package struct Undescribed: Error, CustomStringConvertible {
    let request: String
    let differences: [String]
    let answer: String

    package var description: String {
        "The answer to \(request) is not as described: \(differences.joined(separator: "; ")): \(answer.prefix(500))"
    }
}
