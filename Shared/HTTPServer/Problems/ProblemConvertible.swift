package import JSON

/// An error with a problem for the client; any other error is answered 500 without details.
package protocol ProblemConvertible: Error {
    /// The problem for the client.
    var problem: Problem { get }
}

extension Problem: ProblemConvertible {
    package var problem: Problem { self }
}

extension JSONError: ProblemConvertible {
    /// 400: the body is not the expected JSON.
    package var problem: Problem {
        Problem(.badRequest, "The body is not the JSON that was expected: \(self).")
    }
}
