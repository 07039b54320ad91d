import RESTTestSupport
import ServiceRuntime
import Testing

@testable import LocationProducer

@Suite struct LocationProducerReadmeTests {
    @Test func listsTheSettingsOfHelp() throws {
        var reader = EnvironmentReader([:])
        _ = ProcessSettings(&reader)
        _ = LocationProducerConfiguration(&reader)
        let expected = SettingsTable.lines(reader.settings)
        #expect(
            try SettingsTable.lines(inReadmeOf: "LocationProducer") == expected,
            "\n\(expected.joined(separator: "\n"))"
        )
    }
}
