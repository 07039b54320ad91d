import RESTTestSupport
import ServiceRuntime
import Testing

@testable import AccessService

@Suite struct AccessServiceReadmeTests {
    @Test func listsTheSettingsOfHelp() throws {
        var reader = EnvironmentReader([:])
        _ = ProcessSettings(&reader)
        _ = AccessServiceConfiguration(&reader)
        let expected = SettingsTable.lines(reader.settings)
        #expect(
            try SettingsTable.lines(inReadmeOf: "AccessService") == expected,
            "\n\(expected.joined(separator: "\n"))"
        )
    }
}
