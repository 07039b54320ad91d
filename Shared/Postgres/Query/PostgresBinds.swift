import CLibPQ

/// The values of a statement's parameters, encoded into one buffer.
struct PostgresBinds: Sendable {
    private struct Parameter {
        var type: PostgresType
        var start: Int
        /// -1 for NULL.
        var length: Int
    }

    private var parameters: [Parameter] = []
    private var bytes: [UInt8] = []
    /// The error of the first value that could not be encoded; thrown when the statement runs.
    private(set) var failure: PostgresError?

    init() {}

    /// The number of parameters.
    var count: Int { parameters.count }

    /// The parameters' types, which identify a prepared statement together with the text.
    var types: [PostgresType] { parameters.map(\.type) }

    /// Appends a value, or NULL of its type.
    mutating func append<Value: PostgresEncodable>(_ value: Value?) {
        let start = bytes.count
        var length = -1
        if let value {
            do throws(PostgresError) {
                try value.encode(into: &bytes)
                length = bytes.count - start
            } catch {
                failure = failure ?? error
            }
        }
        parameters.append(Parameter(type: Value.postgresType, start: start, length: length))
    }

    /// Appends all values of another list.
    mutating func append(contentsOf other: PostgresBinds) {
        let shift = bytes.count
        bytes += other.bytes
        failure = failure ?? other.failure
        parameters += other.parameters.map { parameter in
            Parameter(type: parameter.type, start: parameter.start + shift, length: parameter.length)
        }
    }

    /// Calls `body` with the values for libpq; the pointers are valid during the call only.
    func withParameters<Result>(
        _ body: (
            _ count: Int32,
            _ types: UnsafePointer<Oid>?,
            _ values: UnsafePointer<UnsafePointer<CChar>?>?,
            _ lengths: UnsafePointer<Int32>?,
            _ formats: UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        guard !parameters.isEmpty else { return body(0, nil, nil, nil, nil) }
        return bytes.withUnsafeBytes { buffer in
            let types = parameters.map(\.type.rawValue)
            let lengths = parameters.map { Int32(clamping: $0.length) }
            let formats = [Int32](repeating: 1, count: count)
            let values = parameters.map { parameter -> UnsafePointer<CChar>? in
                guard parameter.length >= 0 else { return nil }
                // libpq takes a null pointer for NULL, so an empty value needs another pointer, which is not read.
                guard let base = buffer.baseAddress else { return UnsafePointer(bitPattern: 1) }
                return (base + parameter.start).assumingMemoryBound(to: CChar.self)
            }
            return body(Int32(count), types, values, lengths, formats)
        }
    }
}
