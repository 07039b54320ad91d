import RESTTestSupport
import ServiceRuntime
import Testing

@testable import WebhookSender

@Suite struct WebhookSenderReadmeTests {
    @Test func listsTheSettingsOfHelp() throws {
        var reader = EnvironmentReader([:])
        _ = ProcessSettings(&reader)
        _ = WebhookSenderConfiguration(&reader)
        let expected = SettingsTable.lines(reader.settings)
        #expect(
            try SettingsTable.lines(inReadmeOf: "WebhookSender") == expected,
            "\n\(expected.joined(separator: "\n"))"
        )
    }
}
