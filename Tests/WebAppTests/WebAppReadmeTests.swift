import RESTTestSupport
import ServiceRuntime
import Testing

@testable import WebApp

@Suite struct WebAppReadmeTests {
    @Test func listsTheSettingsOfHelp() throws {
        var reader = EnvironmentReader([:])
        _ = ProcessSettings(&reader)
        _ = WebAppConfiguration(&reader)
        let expected = SettingsTable.lines(reader.settings)
        #expect(try SettingsTable.lines(inReadmeOf: "WebApp") == expected, "\n\(expected.joined(separator: "\n"))")
    }
}
