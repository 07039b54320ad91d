import Models
import Simulation
import Testing

@testable import Seed

@Suite struct SeedOptionsTests {
    @Test func simulatesTheDefaultEventWithoutOptions() throws {
        let options = try #require(try SeedOptions([]))
        #expect(options.source == .event(SimulationConfiguration(traits: .all), truth: nil, map: nil))
        #expect(options.url == "http://localhost:30001")
        #expect(try SeedOptions(["--csv", "x", "--help"]) == nil)
    }

    @Test func describesAnEvent() throws {
        let arguments = [
            "--persons", "12", "--hours", "1.5", "--seed", "99", "--start", "2024-02-29T10:00:00+01:00", "--radius",
            "2.5", "--traits", "indoors,strolls", "--truth", "t.csv", "--map", "m.json", "--url", "http://other:1",
            "--batch", "7",
        ]
        let options = try #require(try SeedOptions(arguments))
        let expected = SimulationConfiguration(
            attendees: 12,
            duration: 5_400,
            seed: 99,
            start: try #require(Timestamp(iso8601: "2024-02-29T09:00:00".utf8)),
            meetingRadius: 2.5,
            traits: [.strolls, .indoors]
        )
        #expect(options.source == .event(expected, truth: "t.csv", map: "m.json"))
        #expect(options.url == "http://other:1")
        #expect(options.batchSize == 7)
    }

    @Test func explainsEveryTrait() {
        for (name, _) in SimulationTraits.named { #expect(SeedOptions.usage.contains("  \(name)  ")) }
    }

    @Test func acceptsSeveralFiles() throws {
        #expect(try SeedOptions(["--legacy", "a", "b", "--url", "http://x"])?.source == .legacy(["a", "b"]))
        #expect(try SeedOptions(["--csv", "a", "--csv", "b", "c"])?.source == .trace(["a", "b", "c"]))
        #expect(try SeedOptions(["--import", "a.gpx", "b"])?.source == .imports(["a.gpx", "b"], person: nil))
        let owned = try SeedOptions(["--person", "7", "--import", "a.gpx"])?.source
        #expect(owned == .imports(["a.gpx"], person: PersonID(rawValue: 7)))
    }

    @Test(arguments: [
        ["--person", "5"], ["--persons"], ["--persons", "0"], ["--persons", "2.5"], ["--persons", "many"],
        ["--hours", "49"],
        ["--hours", "nan"],
        ["--seed", "-1"], ["--start", "2024-02-30T00:00:00"], ["--start", "1950-01-01T00:00:00"], ["--radius", "0"],
        ["--traits", "strolls,dance"],
        ["--batch", "10001"], ["--legacy"], ["--csv", ""], ["--csv", "a", "--legacy", "b"],
        ["--csv", "a", "--seed", "1"], ["--person", "7"], ["--person", "0", "--import", "a"],
        ["--import", "a", "--csv", "b"],
        ["file.csv"],
    ])
    func explainsInvalidOptions(arguments: [String]) {
        let error = #expect(throws: SeedError.self) { try SeedOptions(arguments) }
        #expect(error?.description.contains(arguments[0]) == true)
    }

    @Test func showsProgress() {
        let text = ProgressDisplay.text(title: "locations", count: 300_000, share: 0.25, elapsed: .seconds(10))
        #expect(text == "locations: 300000 (25 %), 30000/s, 30 s left")
        let end = ProgressDisplay.text(title: "locations", count: 10, share: 1, elapsed: .milliseconds(2_500))
        #expect(end == "locations: 10 (100 %), 4/s, 2.5 s")
    }
}

@Suite struct RetryPolicyTests {
    @Test func doublesThePausesUpToTheMaximum() {
        let policy = RetryPolicy(attempts: 20, firstPause: .milliseconds(100), longestPause: .seconds(2))
        let pauses = (1...7).map { policy.pause(after: $0, retryAfter: nil, jitter: 1) }
        #expect(pauses == [100, 200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) })
        #expect(policy.pause(after: 1, retryAfter: nil, jitter: 0) == .milliseconds(50))
    }

    @Test func neverRetriesBeforeTheServerAllowsIt() {
        let policy = RetryPolicy()
        #expect(policy.pause(after: 1, retryAfter: .seconds(7), jitter: 0.5) == .seconds(7))
        #expect(policy.pause(after: 8, retryAfter: .milliseconds(1), jitter: 1) == .seconds(20))
    }

    @Test func givesUp() {
        let policy = RetryPolicy(attempts: 3)
        #expect(policy.pause(after: 2, retryAfter: nil, jitter: 0) != nil)
        #expect(policy.pause(after: 3, retryAfter: .seconds(1), jitter: 0) == nil)
    }
}
