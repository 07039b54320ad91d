import HTTPServer
import Proximity

/// A row of a list that is sent page by page.
protocol SizedRow: Sendable {
    /// Approximate memory in bytes.
    var size: Int { get }
}

/// A page of a sorted list, with the headers that lead to the next one.
struct RowPage<Row: SizedRow>: Sendable {
    /// The rows of the page.
    let rows: [Row]
    /// `Vary`, `X-Total-Count` and, if there is a next page, `Link`.
    let headers: HTTPHeaders

    /// Cuts a page out of a list.
    ///
    /// - Parameters:
    ///   - sorted: all rows in order.
    ///   - limit: the maximum number of rows; without it, all rows must fit into an answer.
    ///   - request: the request of the page.
    ///   - isBehind: whether a row follows the cursor of the request; `nil` without a cursor.
    ///   - cursor: the cursor of a row as text.
    /// - Throws: a 422 problem if there are too many rows for one answer.
    init(
        of sorted: [Row],
        limit: Int?,
        for request: Request,
        behind isBehind: ((Row) -> Bool)?,
        cursor: (Row) -> String
    ) throws(Problem) {
        let rest = sorted[(isBehind.map { sorted.partitioningIndex(where: $0) } ?? 0)...]
        let most = AnswersInProgress.largest - AnswersInProgress.overhead
        guard limit != nil || rest.reduce(0, { $0 + $1.size }) <= most else { throw Problem.tooManyRows(rest.count) }
        // Copy the page, so that the other rows are released before it is sent.
        rows = Array(rest.prefix(limit ?? .max))
        var headers: HTTPHeaders = ["Vary": "Accept", "X-Total-Count": String(sorted.count)]
        if rows.count < rest.count, let last = rows.last {
            headers["Link"] = "<\(Self.target(of: request, behind: cursor(last)))>; rel=\"next\""
        }
        self.headers = headers
    }

    /// Approximate memory of the answer in bytes.
    var size: Int { rows.reduce(AnswersInProgress.overhead) { $0 + $1.size } }

    /// Sends the page, some rows at a time.
    ///
    /// - Parameters:
    ///   - request: the request of the page.
    ///   - inProgress: the memory of answers.
    ///   - empty: a writer without rows.
    ///   - context: what `write` keeps from some rows to the next ones.
    ///   - write: writes some rows.
    /// - Returns: the answer.
    /// - Throws: a 429 or 503 problem if there is no memory for the answer.
    func response<Context: Sendable>(
        to request: Request,
        _ inProgress: AnswersInProgress,
        _ empty: ListWriter,
        keeping context: Context,
        _ write: @escaping @Sendable (ArraySlice<Row>, inout Context, inout ListWriter) async throws -> Void
    ) throws -> Response {
        let memory = try inProgress.memory.take(size, for: request.clientAddress)
        let rows = rows
        return .stream(contentType: empty.format.contentType, headers: headers) { output in
            defer { withExtendedLifetime(memory) {} }
            var (writer, context) = (empty, context)
            var start = rows.startIndex
            while start < rows.endIndex {
                let part = rows[start...].prefix(AnswersInProgress.rowsAtOnce)
                try await write(part, &context, &writer)
                try await output.write(writer.takeBytes())
                start = part.endIndex
            }
            writer.end()
            try await output.write(writer.takeBytes())
        }
    }

    /// The target of a request for the rows after a cursor.
    private static func target(of request: Request, behind cursor: String) -> String {
        let query = request.query.names.filter { $0 != "cursor" }.map { name in
            "\(PercentEncoding.encode(name))=\(PercentEncoding.encode(request.query[name] ?? ""))"
        }
        return "\(request.path)?" + (query + ["cursor=\(cursor)"]).joined(separator: "&")
    }
}

extension Problem {
    fileprivate static func tooManyRows(_ count: Int) -> Problem {
        Problem(
            .unprocessableContent,
            "The answer would have \(count) entries, which is too many for one answer.",
            errors: [.parameter("limit", "Expected an integer from 1 to 1000; Link leads to the next page.")]
        )
    }
}
