import Foundation
import Postgres
import RESTTestSupport
import TestSupport
import Testing

/// Compressed batches over REST, with the real queue.
@Suite(.timeLimit(.minutes(5))) struct BatchTests {
    private static let type = "application/x-ndjson"

    /// Lines of one person, a second apart; more than the server holds in memory at once.
    private static func lines(_ count: Int, of person: Int32) -> [UInt8] {
        var text = ""
        for index in 0..<count {
            let (hour, minute, second) = (index / 3_600, index / 60 % 60, index % 60)
            text += #"{"person_id":\#(person),"latitude":44.8,"longitude":20.4,"creation_time":"2026-06-01T"#
            text += [hour, minute, second].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":") + "\"}\n"
        }
        return Array(text.utf8)
    }

    @Test func acceptsCompressedLinesPieceByPiece() async throws {
        try await withServices { services in
            let person = try await services.createPerson("P")
            let folded = Gzip.fold(Self.lines(25_000, of: person))
            let answer = try await services.post(folded, contentType: Self.type)
            #expect(answer.status == 200)
            #expect(answer.body.hasPrefix(#"{"accepted":25000,"rejected":0"#))
            try await services.expect(stored: 25_000)
        }
    }

    /// The server accepts the lines before the damage, and reports their number.
    @Test func reportsTheNumberOfLinesBeforeTheDamage() async throws {
        try await withServices { services in
            let person = try await services.createPerson("P")
            let folded = Gzip.fold(Self.lines(25_000, of: person))
            let answer = try await services.post(Array(folded.dropLast(9)), contentType: Self.type)
            #expect(answer.status == 400)
            let lines = try #require(answer.body.firstMatch(of: /"lines":(\d+)/).flatMap { Int($0.1) })
            #expect(lines > 0 && lines < 25_000, "\(answer.body)")
            try await services.expect(stored: lines)
        }
    }

    /// A small body that decompresses to more than the limit.
    @Test func rejectsABodyThatDecompressesToTooMuch() async throws {
        try await withServices { services in
            let folded = Gzip.fold(Array("[".utf8) + [UInt8](repeating: 0x20, count: 11 << 20) + Array("]".utf8))
            #expect(folded.count < 20_000)
            let answer = try await services.post(folded, contentType: "application/json")
            #expect(answer.status == 413)
            try await services.expect(stored: 0)
        }
    }
}

extension Services {
    /// Posts a compressed batch.
    fileprivate func post(_ folded: [UInt8], contentType: String) async throws -> (status: Int, body: String) {
        let client = HTTPClient(base: try #require(URL(string: producer.address)), connections: 1)
        let answer = try await client.send(
            "POST",
            "/api/locations/batch",
            contentType: contentType,
            headers: ["Content-Encoding": "gzip"],
            body: folded
        )
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    /// Waits until the given number of locations is stored.
    fileprivate func expect(stored count: Int) async throws {
        let client = PostgresClient(configuration: database)
        try await eventually("\(count) locations are stored") {
            try await client.query("SELECT count(*) FROM location").single(Int.self) == count
        }
        await client.close()
    }
}
