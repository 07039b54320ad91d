import JSON

/// Writes structured log lines, one JSON object each, to standard error.
///
/// ```swift
/// let logger = Logger(service: "person-service", level: .info)
/// logger.info("Migrated the database", [.migration: 7, .duration: .seconds(elapsed)])
/// ```
///
/// The message is a constant phrase, which `StaticString` enforces. Everything that varies is metadata, so lines can be
/// counted by message and searched by key. A line below the level costs one comparison, and its metadata is not
/// evaluated. A copy with a request's metadata (``with(_:)``) costs one array.
package struct Logger: Sendable {
    /// The lowest level that is written.
    package let level: LogLevel
    private let service: String
    private let output: LogOutput
    private let context: LogMetadata

    /// The longest string in a line, in bytes of UTF-8; longer ones are cut, so that a line stays one `write`.
    static let maximumStringLength = 1024

    /// A logger that writes to an output.
    ///
    /// - Parameters:
    ///   - service: the process's name, a member of every line.
    ///   - level: the lowest level that is written.
    ///   - output: where lines go.
    package init(service: String, level: LogLevel = .info, output: LogOutput = .standardError) {
        self.init(service: service, level: level, output: output, context: [:])
    }

    private init(service: String, level: LogLevel, output: LogOutput, context: LogMetadata) {
        self.service = service
        self.level = level
        self.output = output
        self.context = context
    }

    /// A logger that adds these entries to each line.
    package func with(_ metadata: LogMetadata) -> Logger {
        Logger(service: service, level: level, output: output, context: context.merging(metadata))
    }

    /// Logs for debugging.
    package func debug(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        log(.debug, message, metadata())
    }

    /// Logs the normal course of the process.
    package func info(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        log(.info, message, metadata())
    }

    /// Logs a failure that the process handled.
    package func warning(
        _ message: StaticString,
        error: (any Error)? = nil,
        _ metadata: @autoclosure () -> LogMetadata = [:]
    ) {
        log(.warning, message, error: error, metadata())
    }

    /// Logs a failure that an operator must look at.
    package func error(
        _ message: StaticString,
        error: (any Error)? = nil,
        _ metadata: @autoclosure () -> LogMetadata = [:]
    ) {
        log(.error, message, error: error, metadata())
    }

    /// Logs at a level that is chosen at run time.
    ///
    /// - Parameters:
    ///   - level: the importance.
    ///   - message: a constant phrase.
    ///   - error: the cause; the line has its type and what it declares as a ``LoggableError``, nothing else.
    ///   - metadata: what varies; evaluated only if the line is written.
    package func log(
        _ level: LogLevel,
        _ message: StaticString,
        error: (any Error)? = nil,
        _ metadata: @autoclosure () -> LogMetadata = [:]
    ) {
        guard level >= self.level else { return }
        var entries = context.merging(metadata())
        if let error {
            entries[.errorType] = .string(String(describing: type(of: error)))
            if let error = error as? any LoggableError {
                entries = entries.merging(error.logMetadata)
            }
        }
        output.write(line(level, message, entries))
    }

    private func line(_ level: LogLevel, _ message: StaticString, _ metadata: LogMetadata) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            writer.member("time", LogTime.string(microseconds: output.now()))
            writer.member("level", level.rawValue)
            writer.member("service", service)
            writer.member("message", message.description)
            for entry in metadata.entries {
                switch entry.value {
                case .string(let string):
                    writer.member(entry.key.rawValue, string.cut(toBytes: Self.maximumStringLength))
                case .integer(let integer): writer.member(entry.key.rawValue, integer)
                case .double(let number): writer.member(entry.key.rawValue, number)
                case .boolean(let boolean): writer.member(entry.key.rawValue, boolean)
                }
            }
        }
        writer.endLine()
        return writer.bytes
    }
}

extension String {
    /// The string, cut with an ellipsis if it is too long.
    fileprivate func cut(toBytes maximum: Int) -> String {
        guard utf8.count > maximum else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: maximum)
        while utf8[end] & 0b1100_0000 == 0b1000_0000 {
            end = utf8.index(before: end)
        }
        return self[..<end] + "…"
    }
}
