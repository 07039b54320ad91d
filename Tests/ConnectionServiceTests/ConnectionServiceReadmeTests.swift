import RESTTestSupport
import ServiceRuntime
import Testing

@testable import ConnectionService

@Suite struct ConnectionServiceReadmeTests {
    @Test func listsTheSettingsOfHelp() throws {
        var reader = EnvironmentReader([:])
        _ = ProcessSettings(&reader)
        _ = ConnectionServiceConfiguration(&reader)
        let expected = SettingsTable.lines(reader.settings)
        #expect(
            try SettingsTable.lines(inReadmeOf: "ConnectionService") == expected,
            "\n\(expected.joined(separator: "\n"))"
        )
    }
}
