import JSON
import Synchronization
import Testing

@testable import Observability

@Suite struct LoggerTests {
    @Test func writesOneObjectPerLine() {
        let lines = Lines()
        let logger = Logger(service: "person-service", output: lines.output(at: 1_709_210_096_000_789))
        logger.info(
            "It says \"hello\".",
            [.requestID: .string("a\nb"), .count: 3, .duration: .seconds(.milliseconds(1500)), .expected: true]
        )
        #expect(
            lines.texts == [
                #"{"time":"2024-02-29T12:34:56.000789Z","level":"info","service":"person-service","#
                    + #""message":"It says \"hello\".","request_id":"a\nb","count":3,"duration_seconds":1.5,"#
                    + #""expected":true}"# + "\n"
            ]
        )
    }

    @Test(arguments: LogLevel.allCases) func writesLinesAtOrAboveItsLevel(level: LogLevel) {
        let lines = Lines()
        let logger = Logger(service: "s", level: level, output: lines.output())
        logger.debug("debug")
        logger.info("info")
        logger.warning("warning")
        logger.error("error")
        let expected = LogLevel.allCases.filter { $0 >= level }.map(\.rawValue)
        #expect(
            expected
                == lines.texts.map { line in LogLevel.allCases.first { line.contains(#""message":"\#($0)""#) }?.rawValue
                }
        )
        #expect(lines.texts.count == LogLevel.allCases.count - (LogLevel.allCases.firstIndex(of: level) ?? 0))
    }

    @Test func doesNotEvaluateMetadataBelowItsLevel() {
        let lines = Lines()
        var evaluations = 0
        func metadata() -> LogMetadata {
            evaluations += 1
            return [.count: 1]
        }
        let logger = Logger(service: "s", level: .warning, output: lines.output())
        logger.info("Not written.", metadata())
        #expect(evaluations == 0)
        logger.warning("Written.", metadata())
        #expect(evaluations == 1)
        #expect(lines.texts.count == 1)
    }

    @Test func addsContextThatALineMayOverride() throws {
        let lines = Lines()
        let logger = Logger(service: "s", output: lines.output()).with([.requestID: "r", .attempt: 1])
        logger.with([.method: "GET"]).info("One.", [.attempt: 2])
        logger.info("Two.")
        #expect(lines.texts.first?.contains(#""request_id":"r","attempt":2,"method":"GET"}"#) == true)
        #expect(lines.texts.last?.contains(#""request_id":"r","attempt":1}"#) == true)
    }

    @Test func keepsTheLastOfRepeatedKeys() {
        let metadata: LogMetadata = [.count: 1, .bytes: 2, .count: 3]
        #expect(metadata.entries.map(\.key) == [.count, .bytes])
        #expect(metadata[.count] == 3)
    }

    @Test func logsTypeAndCodesOfAnErrorButNotItsData() {
        struct Quoting: Error {
            let name = "Ada Lovelace"
        }
        struct Coded: LoggableError {
            let name = "Ada Lovelace"
            var logMetadata: LogMetadata { [.sqlState: "23505"] }
        }
        let lines = Lines()
        let logger = Logger(service: "s", output: lines.output())
        logger.error("It failed.", error: Quoting())
        logger.warning("It failed.", error: Coded())
        #expect(lines.texts.first?.hasSuffix(#""error_type":"Quoting"}"# + "\n") == true)
        #expect(lines.texts.last?.hasSuffix(#""error_type":"Coded","sqlstate":"23505"}"# + "\n") == true)
    }

    @Test(arguments: 1020...1028) func truncatesLongStringsBetweenScalars(length: Int) throws {
        let lines = Lines()
        let text = String(repeating: "x", count: length - 3) + "é😀"
        Logger(service: "s", output: lines.output()).info("Long.", [.reason: .string(text)])
        let line = try #require(lines.texts.first)
        var reader = JSONReader(Array(line.utf8))
        try reader.beginObject()
        var reason = ""
        while let key = try reader.nextKey() {
            if key == "reason" { reason = try reader.readString() } else { try reader.skipValue() }
        }
        if text.utf8.count <= Logger.maximumStringLength {
            #expect(reason == text)
        } else {
            #expect(reason.hasSuffix("…"))
            #expect(text.hasPrefix(reason.dropLast()))
            #expect(reason.utf8.count > Logger.maximumStringLength - 4 + 3)
            #expect(reason.utf8.count <= Logger.maximumStringLength + 3)
        }
    }

    @Test func renamesKeysThatCollideWithFixedMembers() {
        let names = LogKey.allCases.map(\.rawValue) + ["time", "level", "service", "message"]
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0) } })
    }
}

/// Collects the lines of a logger.
private final class Lines: Sendable {
    private let lines = Mutex<[[UInt8]]>([])

    var texts: [String] {
        lines.withLock { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    func output(at time: Int64 = 0) -> LogOutput {
        LogOutput(now: { time }, write: { line in self.lines.withLock { $0.append(line) } })
    }
}
