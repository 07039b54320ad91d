import Glibc
import Testing

@testable import ServiceRuntime

@Suite struct EnvironmentReaderTests {
    @Test func readsEveryKindOfSetting() throws {
        var reader = EnvironmentReader([
            "TEXT": "a b=c", "NUMBER": "-7", "RATE": "0.25", "FLAG": "Yes", "WAIT": "250ms", "SIZE": "10MiB",
            "COLOUR": "green", "PASSWORD": "hunter2", "NOTE": "n", "AGE": "30d",
        ])
        #expect(reader.string("TEXT", "Text.") == "a b=c")
        #expect(reader.integer("NUMBER", in: -10...10, "Number.") == -7)
        #expect(reader.number("RATE", in: 0...1, "Rate.") == 0.25)
        #expect(reader.boolean("FLAG", "Flag.") == true)
        #expect(reader.duration("WAIT", in: .zero...Duration.seconds(1), "Wait.") == .milliseconds(250))
        #expect(reader.bytes("SIZE", in: 0...(1 << 30), "Size.") == 10_485_760)
        #expect(reader.choice("COLOUR", default: Colour.red, "Colour.") == .green)
        let password = reader.secret("PASSWORD", "Password.")
        #expect(password.reveal() == "hunter2")
        #expect(reader.optionalString("NOTE", "Note.") == "n")
        let age = reader.optionalDuration("AGE", in: .zero...Duration.seconds(9_000_000), "Age.")
        #expect(age == .seconds(30 * 86_400))
        try reader.finish()
    }

    @Test func usesDefaultsForMissingAndEmptyVariables() throws {
        var reader = EnvironmentReader(["TEXT": "", "NUMBER": ""])
        #expect(reader.string("TEXT", default: "t", "Text.") == "t")
        #expect(reader.integer("NUMBER", default: 5, in: 0...10, "Number.") == 5)
        #expect(reader.number("RATE", default: 0.5, in: 0...1, "Rate.") == 0.5)
        #expect(reader.boolean("FLAG", default: true, "Flag.") == true)
        #expect(reader.duration("WAIT", default: .seconds(5), in: .zero...Duration.seconds(9), "Wait.") == .seconds(5))
        #expect(reader.bytes("SIZE", default: 7, in: 0...9, "Size.") == 7)
        #expect(reader.choice("COLOUR", default: Colour.red, "Colour.") == .red)
        #expect(reader.secret("PASSWORD", default: Secret("x"), "Password.") == Secret("x"))
        #expect(reader.optionalString("NOTE", "Note.") == nil)
        #expect(reader.optionalSecret("TOKEN", "Token.") == nil)
        #expect(reader.optionalDuration("AGE", in: .zero...Duration.seconds(9), "Age.") == nil)
        try reader.finish()
    }

    @Test func reportsAllProblemsAtOnceButNoSecrets() {
        var reader = EnvironmentReader([
            "HTTP_PORT": "80o0", "BATCH": "100001", "WAIT": "5", "SIZE": "1 MiB", "COLOUR": "blue", "FLAG": "maybe",
            "RATE": "nan",
        ])
        _ = reader.string("DB_NAME", "Name of the database.")
        _ = reader.secret("DB_PASSWORD", "Password of the database's user.")
        _ = reader.integer("HTTP_PORT", default: 5000, in: 0...65_535, "TCP port.")
        _ = reader.integer("BATCH", default: 1, in: 1...100_000, "Batch.")
        _ = reader.duration("WAIT", default: .seconds(1), in: Duration.milliseconds(10)...Duration.seconds(90), "Wait.")
        _ = reader.bytes("SIZE", default: 1, in: 1...(10 << 20), "Size.")
        _ = reader.choice("COLOUR", default: Colour.red, "Colour.")
        _ = reader.boolean("FLAG", "Flag.")
        _ = reader.number("RATE", default: 0, in: 0...1, "Rate.")
        reader.require(1 > 2, key: "BATCH", "Not checked while there are other problems.")
        let error = #expect(throws: ConfigurationError.self) { () throws -> Void in try reader.finish() }
        #expect(
            error?.description == """
                9 settings are wrong:
                  DB_NAME is missing. Name of the database.
                  DB_PASSWORD is missing. Password of the database's user.
                  HTTP_PORT is "80o0", but must be an integer from 0 to 65535.
                  BATCH is "100001", but must be an integer from 1 to 100000.
                  WAIT is "5", but must be a duration with its unit (ms, s, m, h, d) from 10ms to 90s.
                  SIZE is "1 MiB", but must be a size with its unit (B, kB, KiB, MB, MiB, GB, GiB) from 1B to 10MiB.
                  COLOUR is "blue", but must be one of red, green.
                  FLAG is "maybe", but must be true or false.
                  RATE is "nan", but must be a number from 0.0 to 1.0.
                """
        )
    }

    @Test func checksRulesBetweenSettings() {
        var reader = EnvironmentReader(["MIN": "5", "MAX": "4"])
        let minimum = reader.integer("MIN", in: 0...9, "Minimum.")
        let maximum = reader.integer("MAX", in: 0...9, "Maximum.")
        reader.require(minimum <= maximum, key: "MIN", "MIN must not be greater than MAX.")
        let error = #expect(throws: ConfigurationError.self) { () throws -> Void in try reader.finish() }
        #expect(error?.description == "One setting is wrong:\n  MIN must not be greater than MAX.")
        #expect(error?.problems.map(\.key) == ["MIN"])
    }

    @Test(arguments: [
        ("0ms", 0), ("1ms", 1), ("5s", 5000), ("2m", 120_000), ("1h", 3_600_000), ("2d", 172_800_000), ("007s", 7000),
    ])
    func readsDurations(text: String, milliseconds: Int) {
        #expect(Quantity.parse(text, units: Quantity.time) == milliseconds)
    }

    @Test(arguments: [
        "", "5", "ms", "-5s", "+5s", "1.5s", " 5s", "5 s", "5s ", "5S", "5w", "٥s", "9223372036854775807s",
    ])
    func rejectsInvalidDurations(text: String) {
        #expect(Quantity.parse(text, units: Quantity.time) == nil)
    }

    @Test(arguments: [
        (0, "0ms"), (1, "1ms"), (1500, "1500ms"), (5000, "5s"), (90_000, "90s"), (120_000, "2m"), (7_200_000, "2h"),
    ])
    func writesDurationsInTheLargestUnit(milliseconds: Int, text: String) {
        #expect(Quantity.text(.milliseconds(milliseconds)) == text)
    }

    @Test(arguments: [
        (0, "0B"), (1, "1B"), (1000, "1kB"), (1024, "1KiB"), (10 << 20, "10MiB"), (3 << 30, "3GiB"), (1023, "1023B"),
    ])
    func sizesRoundTrip(bytes: Int, text: String) {
        #expect(Quantity.text(bytes, units: Quantity.size) == text)
        #expect(Quantity.parse(text, units: Quantity.size) == bytes)
    }

    @Test func documentsItsKeysAndRedactsSecrets() {
        var reader = EnvironmentReader(["DB_PASSWORD": "hunter2", "HTTP_PORT": "8080"])
        _ = reader.secret("DB_PASSWORD", "Password of the database's user.")
        _ = reader.integer("HTTP_PORT", default: 5000, in: 0...65_535, "TCP port to listen on.")
        _ = reader.duration("WAIT", default: .seconds(90), in: .zero...Duration.seconds(3600), "How long to wait.")
        _ = reader.optionalString("NOTE", "A note.")
        #expect(
            reader.settings.reference == """
                  DB_PASSWORD
                      Password of the database's user.
                      secret text; required
                  HTTP_PORT
                      TCP port to listen on.
                      an integer from 0 to 65535; default: 5000
                  WAIT
                      How long to wait.
                      a duration with its unit (ms, s, m, h, d) from 0ms to 1h; default: 90s
                  NOTE
                      A note.
                      text; optional

                """
        )
        #expect(reader.settings.overrides == "DB_PASSWORD=<redacted> HTTP_PORT=8080")
        #expect(reader.settings.map(\.origin) == [.environment, .environment, .default, .absent])
    }

    @Test func readsASecretFromAFileWithoutTheNewline() throws {
        let path = try temporaryFile(" hunter2 \n")
        defer { unlink(path) }
        var reader = EnvironmentReader(["DB_PASSWORD_FILE": path])
        let password = reader.optionalSecret("DB_PASSWORD", "Password of the role.")
        try reader.finish()
        #expect(password?.reveal() == " hunter2 ")
        #expect(reader.settings.overrides == "DB_PASSWORD_FILE=\(path)")
    }

    @Test(arguments: ["", "\n", String(repeating: "x", count: 4_097)])
    func rejectsAnInvalidSecretFile(content: String) throws {
        let path = try temporaryFile(content)
        defer { unlink(path) }
        var reader = EnvironmentReader(["DB_PASSWORD_FILE": path])
        _ = reader.optionalSecret("DB_PASSWORD", "Password of the role.")
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        #expect(error?.problems.map(\.key) == ["DB_PASSWORD_FILE"])
    }

    @Test func rejectsAMissingSecretFile() throws {
        var reader = EnvironmentReader(["DB_PASSWORD_FILE": "/nonexistent"])
        _ = reader.optionalSecret("DB_PASSWORD", "Password of the role.")
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        #expect(
            error?.problems.map(\.sentence) == [
                #"DB_PASSWORD_FILE is "/nonexistent", but must be the path of a file of at most 4096 bytes that can be read."#
            ]
        )
    }

    @Test func rejectsASecretThatIsSetTwice() throws {
        let path = try temporaryFile("hunter2")
        defer { unlink(path) }
        var reader = EnvironmentReader(["DB_PASSWORD": "hunter3", "DB_PASSWORD_FILE": path])
        _ = reader.optionalSecret("DB_PASSWORD", "Password of the role.")
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        #expect(
            error?.problems.map(\.sentence) == [
                "DB_PASSWORD and DB_PASSWORD_FILE are both set, but only one of them may be."
            ]
        )
    }

    private func temporaryFile(_ content: String) throws -> String {
        var template = Array("/tmp/environment-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(write(descriptor, content, content.utf8.count) == content.utf8.count)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test func hidesSecrets() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump([secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", dumped] {
            #expect(!text.contains("hunter2"))
        }
        #expect("\(Secret(""))" == "<empty>")
    }

    @Test func copiesTheEnvironment() {
        setenv("UDACONNECT_TEST_VARIABLE", "a=b", 1)
        #expect(Environment.current["UDACONNECT_TEST_VARIABLE"] == "a=b")
        #expect(Environment.current["PATH"] != nil)
    }

    private enum Colour: String, CaseIterable {
        case red
        case green
    }
}
