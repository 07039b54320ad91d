import HTTPServer

/// The problems of an uploaded event, plan or programme.
struct ContentErrors {
    /// The maximum number of problems that an answer names.
    static let maximum = 100

    private(set) var fields: [ProblemField] = []
    private(set) var count = 0

    /// Whether there is no problem.
    var isEmpty: Bool { count == 0 }

    /// Adds a problem of a part; `nil` adds nothing.
    mutating func add(_ pointer: String, _ detail: String?) {
        guard let detail else { return }
        count += 1
        if fields.count < Self.maximum { fields.append(.pointer(pointer, detail)) }
    }

    /// Throws a 422 problem that names the first problems, if there are any.
    func check() throws(Problem) {
        guard !isEmpty else { return }
        let rest = count > fields.count ? "; it names \(fields.count) of \(count) parts." : "."
        throw Problem(
            .unprocessableContent,
            "The content has invalid parts; errors names each of them" + rest,
            errors: fields
        )
    }
}
