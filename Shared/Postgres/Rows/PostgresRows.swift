/// The rows of a result, read without copying from libpq's memory.
package struct PostgresRows: Sendable {
    private let result: PGResult

    init(_ result: PGResult) {
        self.result = result
    }

    /// The number of rows.
    package var count: Int { result.rowCount }

    /// Whether there are no rows.
    package var isEmpty: Bool { count == 0 }

    /// The columns' names, in order.
    package var columnNames: [String] { (0..<result.columnCount).map(result.columnName) }

    /// Rows that the statement affected or returned.
    package var affectedRows: Int { result.affectedRows }

    /// Decodes all rows, column by column in order.
    ///
    /// ```swift
    /// for (id, name) in try rows.decode(Int64.self, String.self) { … }
    /// ```
    ///
    /// - Throws: ``PostgresError/Code/decoding`` that names the column, its type and the type expected, but no data.
    package func decode<each Column: PostgresDecodable>(
        _ types: repeat (each Column).Type
    ) throws(PostgresError) -> [(repeat each Column)] {
        try requireColumns(repeat each types)
        var rows: [(repeat each Column)] = []
        rows.reserveCapacity(count)
        for row in 0..<count {
            var cursor = CellCursor(row: row)
            rows.append((repeat try next(each types, &cursor)))
        }
        return rows
    }

    /// Reads the first row, if there is one.
    package func first<each Column: PostgresDecodable>(
        _ types: repeat (each Column).Type
    ) throws(PostgresError) -> (repeat each Column)? {
        try requireColumns(repeat each types)
        guard !isEmpty else { return nil }
        var cursor = CellCursor(row: 0)
        return (repeat try next(each types, &cursor))
    }

    /// Reads the only row.
    ///
    /// - Throws: ``PostgresError/Code/decoding`` if there are none or several.
    package func single<each Column: PostgresDecodable>(
        _ types: repeat (each Column).Type
    ) throws(PostgresError) -> (repeat each Column) {
        guard count == 1, let row = try first(repeat each types) else {
            throw PostgresError(.decoding, "Expected one row, but the statement returned \(count).")
        }
        return row
    }

    /// Reads the only column of all rows.
    package func column<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> [Value] {
        try requireColumns(type)
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in 0..<count { values.append(try value(type, column: 0, row: row)) }
        return values
    }

    /// Reads one value; columns and rows are counted from 0.
    package func value<Value: PostgresDecodable>(
        _ type: Value.Type,
        column: Int,
        row: Int
    ) throws(PostgresError) -> Value {
        guard row >= 0, row < count, column >= 0, column < result.columnCount else {
            throw PostgresError(.misuse, "The result has no such row or column.")
        }
        do throws(PostgresDecodingFailure) {
            return try result.withValue(row: row, column: column) { bytes throws(PostgresDecodingFailure) in
                guard let bytes else {
                    guard let null = Value.postgresNull else { throw .null }
                    return null
                }
                return try Value(postgresBytes: bytes, type: result.columnType(column))
            }
        } catch {
            throw PostgresError.decoding(
                error,
                column: result.columnName(column),
                type: result.columnType(column),
                expected: Value.self
            )
        }
    }

    private struct CellCursor {
        let row: Int
        var column = 0
    }

    private func next<Value: PostgresDecodable>(
        _ type: Value.Type,
        _ cursor: inout CellCursor
    ) throws(PostgresError) -> Value {
        defer { cursor.column += 1 }
        return try value(type, column: cursor.column, row: cursor.row)
    }

    private func requireColumns<each Column: PostgresDecodable>(
        _ types: repeat (each Column).Type
    ) throws(PostgresError) {
        var expected = 0
        repeat tally(each types, in: &expected)
        guard result.columnCount == expected else {
            throw PostgresError(
                .decoding,
                "Expected \(expected) columns, but the result has \(result.columnCount)."
            )
        }
    }
}

/// Lets a pack expansion count its elements.
private func tally<Value>(_: Value.Type, in total: inout Int) {
    total += 1
}

extension PostgresError {
    /// A column that cannot be decoded as expected.
    static func decoding(
        _ failure: PostgresDecodingFailure,
        column: String,
        type: PostgresType,
        expected: Any.Type
    ) -> PostgresError {
        let message =
            switch failure {
            case .typeMismatch: "Column \"\(column)\" is \(type), which cannot be read as \(expected)."
            case .null: "Column \"\(column)\" (\(type)) is NULL, but \(expected) was expected."
            case .invalidValue: "Column \"\(column)\" (\(type)) holds a value that does not fit \(expected)."
            }
        var error = PostgresError(.decoding, message)
        error.columnName = column
        return error
    }
}
