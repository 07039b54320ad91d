import RESTTestSupport
import ServiceRuntime
import Testing

@testable import LocationConsumer

@Suite struct LocationConsumerReadmeTests {
    @Test func listsTheSettingsOfHelp() throws {
        var reader = EnvironmentReader([:])
        _ = ProcessSettings(&reader)
        _ = LocationConsumerConfiguration(&reader)
        let expected = SettingsTable.lines(reader.settings)
        #expect(
            try SettingsTable.lines(inReadmeOf: "LocationConsumer") == expected,
            "\n\(expected.joined(separator: "\n"))"
        )
    }
}
