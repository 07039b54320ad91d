/// Routes by path segment.
///
/// A literal segment wins over a parameter, and a parameter over a rest. If the winner leads to no route, the next one
/// is tried.
struct RouteTree: Sendable {
    /// The routes of one template.
    struct Endpoint: Sendable {
        let parameterNames: [String]
        var routes: [Route]

        func route(for method: HTTPMethod) -> Route? {
            routes.first { $0.method == method } ?? (method == .head ? routes.first { $0.method == .get } : nil)
        }

        /// The methods for the `Allow` field.
        var allowedMethods: [HTTPMethod] {
            var methods = routes.map(\.method)
            if methods.contains(.get), !methods.contains(.head) {
                methods.append(.head)
            }
            if !methods.contains(.options) {
                methods.append(.options)
            }
            return methods
        }
    }

    private struct Node {
        var literals: [(text: String, node: Int)] = []
        var parameter: Int?
        var rest: Endpoint?
        var endpoint: Endpoint?
    }

    private var nodes: [Node] = [Node()]

    /// Adds a route.
    ///
    /// - Returns: whether it was added; not if a route with this method and shape of path exists, or if the shape has
    ///   other parameter names.
    mutating func insert(_ route: Route, at template: PathTemplate) -> Bool {
        var current = 0
        for segment in template.segments {
            switch segment {
            case .literal(let text):
                if let next = nodes[current].literals.first(where: { $0.text == text })?.node {
                    current = next
                } else {
                    nodes[current].literals.append((text, nodes.count))
                    current = appendNode()
                }
            case .parameter:
                if let next = nodes[current].parameter {
                    current = next
                } else {
                    nodes[current].parameter = nodes.count
                    current = appendNode()
                }
            case .rest:
                return add(route, names: template.parameterNames, to: &nodes[current].rest)
            }
        }
        return add(route, names: template.parameterNames, to: &nodes[current].endpoint)
    }

    private mutating func appendNode() -> Int {
        nodes.append(Node())
        return nodes.count - 1
    }

    private func add(_ route: Route, names: [String], to endpoint: inout Endpoint?) -> Bool {
        guard endpoint?.parameterNames ?? names == names,
            endpoint?.routes.contains(where: { $0.method == route.method }) != true
        else { return false }
        endpoint = Endpoint(parameterNames: names, routes: (endpoint?.routes ?? []) + [route])
        return true
    }

    /// Finds the endpoint of a path, and the values of its parameters.
    ///
    /// O(segments) unless branches have to be retried.
    ///
    /// - Throws: a 400 problem if an escape in the path is malformed or unnecessary, because a path has one spelling.
    func find(_ path: String) throws(Problem) -> (endpoint: Endpoint, values: [Substring])? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments: [Substring] = []
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard segment.utf8.contains(UInt8(ascii: "%")) else {
                segments.append(segment)
                continue
            }
            guard let decoded = PercentEncoding.decode(segment) else {
                throw Problem(.badRequest, "The path has an escape that is malformed or does not stand for UTF-8 text.")
            }
            guard !PercentEncoding.escapesPlainly(segment) else {
                throw Problem(
                    .badRequest,
                    "The path has an escape that stands for a letter or a digit: write it as it is."
                )
            }
            segments.append(decoded[...])
        }
        var values: [Substring] = []
        guard let endpoint = find(segments[...], from: 0, values: &values) else { return nil }
        return (endpoint, values)
    }

    private func find(_ segments: ArraySlice<Substring>, from index: Int, values: inout [Substring]) -> Endpoint? {
        let node = nodes[index]
        guard let segment = segments.first else { return node.endpoint }
        if let next = node.literals.first(where: { $0.text == segment })?.node,
            let found = find(segments.dropFirst(), from: next, values: &values)
        {
            return found
        }
        if let next = node.parameter, !segment.isEmpty {
            values.append(segment)
            if let found = find(segments.dropFirst(), from: next, values: &values) {
                return found
            }
            values.removeLast()
        }
        if let rest = node.rest {
            values.append(segments.joined(separator: "/")[...])
            return rest
        }
        return nil
    }
}
