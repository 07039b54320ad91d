/// A request method as sent; methods are case-sensitive (RFC 9110, section 9.1).
package struct HTTPMethod: RawRepresentable, Hashable, Sendable {
    /// The method's name.
    package let rawValue: String

    /// Any method; the router answers 405 to those without a route.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Reads.
    package static var get: HTTPMethod { HTTPMethod(rawValue: "GET") }
    /// Reads the head of what ``get`` would answer.
    package static var head: HTTPMethod { HTTPMethod(rawValue: "HEAD") }
    /// Creates, or processes.
    package static var post: HTTPMethod { HTTPMethod(rawValue: "POST") }
    /// Replaces.
    package static var put: HTTPMethod { HTTPMethod(rawValue: "PUT") }
    /// Changes in part.
    package static var patch: HTTPMethod { HTTPMethod(rawValue: "PATCH") }
    /// Deletes.
    package static var delete: HTTPMethod { HTTPMethod(rawValue: "DELETE") }
    /// Asks for the allowed methods.
    package static var options: HTTPMethod { HTTPMethod(rawValue: "OPTIONS") }
}
