import Foundation
import JSON
import TestSupport

/// A generated Records.json of one person in Google's format, compressed with gzip.
struct Takeout {
    /// The number of bytes before compression.
    let size: Int
    /// The content of the gzip file.
    let folded: [UInt8]
    /// The number of locations in the file.
    private let count: Int

    /// Writes one record per minute, with the other members that Google's records have.
    init(bytes: Int, in scratch: ScratchFolder) throws {
        var text = Array("{\n  \"locations\": [".utf8)
        text.reserveCapacity(bytes + 1_000)
        var count = 0
        while text.count < bytes {
            text += (count == 0 ? "{\n" : ", {\n").utf8
            text += Self.record(count).utf8
            count += 1
        }
        text += "]\n}\n".utf8
        let path = scratch.path + "/Records.json"
        try Data(text).write(to: URL(filePath: path))
        let (status, output) = try ChildProcess.run("gzip", ["-f", path])
        guard status == 0 else { throw BenchmarkFailure(description: "gzip failed: \(output)") }
        size = text.count
        folded = [UInt8](try Data(contentsOf: URL(filePath: path + ".gz")))
        self.count = count
    }

    /// Every fourth record has the person's activity, and every eighth has the Wi-Fi access points nearby.
    private static func record(_ index: Int) -> String {
        let seconds = 1_600_000_000 + index * 60
        let time = Date(timeIntervalSince1970: TimeInterval(seconds)).ISO8601Format()
        var members = [
            "\"latitudeE7\": \(447_000_000 + index * 7 % 1_999_999)",
            "\"longitudeE7\": \(203_000_000 + index * 13 % 2_999_999)", "\"accuracy\": \(5 + index % 60)",
        ]
        if index.isMultiple(of: 3) { members.append("\"altitude\": \(index % 300), \"verticalAccuracy\": 3") }
        if index.isMultiple(of: 4) {
            members.append(
                """
                "activity": [{
                      "activity": [{
                        "type": "STILL",
                        "confidence": \(index % 100)
                      }, {
                        "type": "UNKNOWN",
                        "confidence": 4
                      }],
                      "timestamp": "\(time)"
                    }]
                """
            )
        }
        if index.isMultiple(of: 8) {
            members.append(
                """
                "activeWifiScan": {
                      "accessPoints": [{
                        "mac": "\(100_000_000_000 + index)",
                        "strength": -61
                      }, {
                        "mac": "\(200_000_000_000 + index)",
                        "strength": -74
                      }]
                    }
                """
            )
        }
        members += ["\"source\": \"WIFI\"", "\"deviceTag\": -1234567890", "\"timestamp\": \"\(time)\""]
        return members.map { "    \($0)" }.joined(separator: ",\n") + "\n  }"
    }

    /// Imports the file for several persons at once.
    ///
    /// - Returns: the locations per second, from the first byte to the last acknowledgement.
    func send(to service: RunningService, _ times: Int, from person: Int) async throws -> Double {
        guard let base = URL(string: service.address) else { throw BenchmarkFailure(description: "no address") }
        let http = HTTPClient(base: base, connections: times, timeout: 600)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup { group in
            for index in 0..<times {
                group.addTask { try await send(over: http, person: person + index + 1) }
            }
            try await group.waitForAll()
        }
        return Double(times * count) / (ContinuousClock.now - start).seconds
    }

    private func send(over http: HTTPClient, person: Int) async throws {
        let answer = try await http.send(
            "POST",
            "/api/persons/\(person)/imports",
            contentType: "application/json",
            headers: ["Content-Encoding": "gzip"],
            body: folded
        )
        var reader = JSONReader(answer.body)
        var accepted = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "accepted" { accepted = try reader.readInteger() } else { try reader.skipValue() }
        }
        guard answer.status == 201, accepted == count else {
            throw BenchmarkFailure(
                description: "the import ended with status \(answer.status): "
                    + String(decoding: answer.body.prefix(500), as: UTF8.self)
            )
        }
    }
}
