import CLibPQ

/// One result of libpq, freed with its last reference.
///
// Safety: a PGresult is not changed after libpq has handed it out (section "Behavior in Threaded Programs" of libpq's
// manual), and only functions that read it are called here.
final class PGResult: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Takes ownership of the pointer.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var rowCount: Int { Int(PQntuples(pointer)) }
    var columnCount: Int { Int(PQnfields(pointer)) }

    /// Rows that INSERT, UPDATE, DELETE, COPY, … affected or SELECT returned; 0 for other commands.
    var affectedRows: Int {
        Int(String(cString: PQcmdTuples(pointer))) ?? 0
    }

    /// The command's name as the server reports it, with its counts.
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    func columnName(_ column: Int) -> String {
        PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? ""
    }

    func columnType(_ column: Int) -> PostgresType {
        PostgresType(rawValue: PQftype(pointer, Int32(column)))
    }

    /// Calls `body` with the value's bytes in binary format, or with nil for NULL.
    func withValue<Value, Failure: Error>(
        row: Int,
        column: Int,
        _ body: (RawSpan?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(pointer, row, column) == 0, let start = PQgetvalue(pointer, row, column) else {
            return try body(nil)
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
        return try body(bytes.bytes)
    }

    /// The error that the server reported, without anything that could quote data.
    func error() -> PostgresError {
        let sqlState = field(sqlStateField).map(SQLState.init(rawValue:))
        var error = PostgresError(.server, "PostgreSQL refused the statement.", sqlState: sqlState)
        if let sqlState, sqlState.messageIsFreeOfData, let message = field(messageField) {
            error.message = "PostgreSQL says: \(message)."
        }
        error.schemaName = field(schemaField)
        error.tableName = field(tableField)
        error.columnName = field(columnField)
        error.dataTypeName = field(dataTypeField)
        error.constraintName = field(constraintField)
        return error
    }

    private func field(_ code: Character) -> String? {
        guard let code = code.asciiValue, let text = PQresultErrorField(pointer, Int32(code)) else { return nil }
        return String(cString: text)
    }
}

// The PG_DIAG_… macros of libpq-fe.h are character constants, which Swift does not import.
private let sqlStateField: Character = "C"
private let messageField: Character = "M"
private let schemaField: Character = "s"
private let tableField: Character = "t"
private let columnField: Character = "c"
private let dataTypeField: Character = "d"
private let constraintField: Character = "n"
