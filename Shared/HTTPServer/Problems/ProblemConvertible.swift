package import JSON

/// An error that knows what to tell the client; every other error is answered 500 without a word about it.
package protocol ProblemConvertible: Error {
    /// What the client reads.
    var problem: Problem { get }
}

extension Problem: ProblemConvertible {
    package var problem: Problem { self }
}

extension JSONError: ProblemConvertible {
    /// 400: the body is not the JSON that was expected.
    package var problem: Problem {
        Problem(.badRequest, "The body is not the JSON that was expected: \(self).")
    }
}
