import Testing

@testable import AccessService

@Suite struct CommandArgumentsTests {
    @Test func readsWordsAndOptions() throws {
        let arguments = try CommandArguments(
            ["create", "--event", "1", "Badge printer", "--event", "2", "--json"],
            options: ["event", "days"]
        )
        #expect(arguments.words == ["create", "Badge printer"])
        #expect(arguments.values("event") == ["1", "2"])
        #expect(arguments.isJSON)
        #expect(try arguments.value("days", "a number") { Int($0) } == nil)
    }

    @Test(arguments: [["--day", "1"], ["--days"], ["--days", "x"], ["--days", "1", "--days", "2"]])
    func namesAnInvalidOption(words: [String]) {
        #expect(throws: CommandArguments.UsageError.self) {
            let arguments = try CommandArguments(words, options: ["days"])
            _ = try arguments.value("days", "a number") { Int($0) }
        }
    }

    @Test func namesAMissingWord() throws {
        let arguments = try CommandArguments(["revoke"])
        let error = #expect(throws: CommandArguments.UsageError.self) {
            try arguments.word(1, "ID", "an id") { $0 }
        }
        #expect(error?.description == "ID is missing.")
    }
}
