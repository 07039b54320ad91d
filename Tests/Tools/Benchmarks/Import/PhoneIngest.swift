import Credentials
import Models
import Persistence

/// The phones' routes up to their acknowledgement; the client is wrk.
struct PhoneIngest {
    private static let token = "secret"
    private static let overlandSize = 1_000

    let scratch: ScratchFolder

    /// Registers the phone that sends.
    func register(in store: DeviceStore) async throws {
        guard let person = PersonID(rawValue: 1), let id = DeviceID("bench") else {
            throw BenchmarkFailure(description: "no such device")
        }
        _ = try await store.register(id, of: person, name: "", digest: DeviceToken(Self.token).digest)
    }

    /// Overland's batches of 1,000 features over 4 connections: locations a second.
    func overland(port: Int, seconds: Int) async throws -> Double {
        let features = (0..<Self.overlandSize).map { index in
            #"{"type":"Feature","geometry":{"type":"Point","coordinates":[20.\#(300_000 + index),44.\#(700_000 + index)]},"#
                + #""properties":{"timestamp":"2026-05-03T09:\#(10 + index / 60):\#(10 + index % 50)Z","altitude":80,"#
                + #""speed":1.2,"course":90,"horizontal_accuracy":8,"battery_level":0.8}}"#
        }
        let script = try scratch.write(
            "overland.lua",
            Self.script(
                #"{"locations":[\#(features.joined(separator: ","))]}"#,
                headers: ["Content-Type": "application/json", "Authorization": "Bearer \(Self.token)"]
            )
        )
        let requests = try await LoadGenerator(connections: 4)
            .load(port: port, path: "/overland", script: script, seconds: seconds)
        return requests * Double(Self.overlandSize)
    }

    /// OwnTracks' messages over 256 connections: locations a second.
    func ownTracks(port: Int, seconds: Int) async throws -> Double {
        let script = try scratch.write(
            "owntracks.lua",
            Self.script(
                #"{"_type":"location","lat":44.7,"lon":20.3,"tst":1777798800,"acc":8,"batt":80,"t":"u","tid":"JJ"}"#,
                headers: ["Content-Type": "application/json", "Authorization": "Bearer \(Self.token)"]
            )
        )
        return try await LoadGenerator(connections: 256)
            .load(port: port, path: "/owntracks", script: script, seconds: seconds)
    }

    /// A script of wrk that posts one body.
    static func script(_ body: String, headers: [String: String]) -> String {
        let fields = headers.map { "wrk.headers[\"\($0.key)\"] = \"\($0.value)\"" }.joined(separator: "\n")
        return """
            wrk.method = "POST"
            wrk.body = [==[\(body)]==]
            \(fields)
            """
    }
}
