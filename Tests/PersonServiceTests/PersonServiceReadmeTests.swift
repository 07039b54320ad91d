import RESTTestSupport
import ServiceRuntime
import Testing

@testable import PersonService

@Suite struct PersonServiceReadmeTests {
    @Test func listsTheSettingsOfHelp() throws {
        var reader = EnvironmentReader([:])
        _ = ProcessSettings(&reader)
        _ = PersonServiceConfiguration(&reader)
        let expected = SettingsTable.lines(reader.settings)
        #expect(
            try SettingsTable.lines(inReadmeOf: "PersonService") == expected,
            "\n\(expected.joined(separator: "\n"))"
        )
    }
}
