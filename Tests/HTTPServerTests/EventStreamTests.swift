import HTTPServer
import Testing

@Suite struct EventStreamTests {
    private static func text(
        _ request: Request,
        _ send: @escaping @Sendable (inout EventStream) async throws -> Void
    )
        async throws -> String
    {
        String(decoding: try await Response.events(to: request, send).content(), as: UTF8.self)
    }

    @Test func writesEventsInTheFormatOfBrowsers() async throws {
        let text = try await Self.text(Request(.get, "/")) { stream in
            try await stream.send("count", Array(#"{"n":1}"#.utf8))
        }
        #expect(text == "retry: 2000\n\nevent: count\ndata: {\"n\":1}\n\n")
    }

    @Test func sendsOnlyChangedStates() async throws {
        let text = try await Self.text(Request(.get, "/")) { stream in
            for state in ["1", "1", "2", "2", "1"] { try await stream.send("state", state: Array(state.utf8)) }
        }
        #expect(text.matches(of: /data: (\d)/).map(\.1) == ["1", "2", "1"])
    }

    @Test(arguments: [true, false])
    func resumesAfterTheLastEventOfTheClient(inHeader: Bool) async throws {
        let first = try await Self.text(Request(.get, "/")) { try await $0.send("state", state: [UInt8(ascii: "1")]) }
        let id = try #require(first.firstMatch(of: /id: (\w+)/)?.1)
        let request =
            inHeader
            ? try Request(.get, "/", headers: ["Last-Event-ID": String(id)])
            : try Request(.get, "/?last_event_id=\(id)")
        let again = try await Self.text(request) { stream in
            try await stream.send("state", state: [UInt8(ascii: "1")])
            try await stream.send("state", state: [UInt8(ascii: "2")])
        }
        #expect(again.matches(of: /data: (\d)/).map(\.1) == ["2"])
    }

    @Test func returnsAResultComputedBetweenHeartbeats() async throws {
        let text = try await Self.text(Request(.get, "/")) { stream in
            let value = try await stream.beating { "1" }
            try await stream.send("state", Array(value.utf8))
        }
        #expect(text.contains("data: 1"))
        await #expect(throws: CancellationError.self) {
            _ = try await Self.text(Request(.get, "/")) { stream in
                try await stream.beating { throw CancellationError() }
            }
        }
    }
}
