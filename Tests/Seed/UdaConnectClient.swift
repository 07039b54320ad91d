import Foundation
import FoundationNetworking
import JSON
import Models
import TestSupport

/// The part of UdaConnect's public API that creates things, with patience for a service that is busy or not yet up.
struct UdaConnectClient: Sendable {
    /// What became of a batch of locations.
    struct Verdict: Equatable, Sendable {
        /// Locations that the service has taken.
        var accepted = 0
        /// Locations that it has refused.
        var rejected = 0
        /// The first refusals, as the service put them.
        var refusals: [String] = []

        /// How many refusals are kept.
        static let longestList = 3
    }

    private let http: HTTPClient
    private let address: String
    private let retries: RetryPolicy

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - address: the base URL, such as `http://localhost:30001`.
    ///   - connections: how many requests may be under way at once.
    ///   - retries: how patient it is.
    /// - Throws: ``SeedError`` if the address is none.
    init(address: String, connections: Int, retries: RetryPolicy = RetryPolicy()) throws(SeedError) {
        guard let base = URL(string: address), ["http", "https"].contains(base.scheme), base.host() != nil else {
            throw SeedError("‘\(address)’ is no address: --url takes one like http://localhost:30001.")
        }
        self.address = address
        self.retries = retries
        http = HTTPClient(base: base, connections: connections)
    }

    /// Makes sure that there is a service, before work is done that would be in vain.
    ///
    /// - Throws: ``SeedError`` that says what to do if nobody answers within a few seconds.
    func findService() async throws {
        var attempt = 1
        while true {
            do {
                _ = try await http.send("GET", "/health")
                return
            } catch {
                guard attempt < 4, let pause = retries.pause(after: attempt, retryAfter: nil, jitter: 1) else {
                    throw SeedError(
                        "\(address) does not answer: \(Self.reason(error)). scripts/run starts the services."
                    )
                }
                try await Task.sleep(for: pause)
                attempt += 1
            }
        }
    }

    /// Creates a person and returns its number.
    func createPerson(_ details: PersonDetails) async throws -> PersonID {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("first_name", details.firstName)
        writer.member("last_name", details.lastName)
        writer.member("company_name", details.companyName)
        writer.endObject()
        // A person that is posted twice exists twice: what may have arrived is not sent again.
        let answer = try await send("/api/persons", "application/json", writer.bytes, isRepeatable: false)
        guard answer.status == 200 || answer.status == 201 else { throw Self.failure("POST /api/persons", answer) }
        var reader = JSONReader(answer.body)
        var id: PersonID?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "id" {
                id = PersonID(rawValue: try reader.readInteger(as: Int64.self))
            } else {
                try reader.skipValue()
            }
        }
        guard let id else { throw SeedError("POST /api/persons answered a person without a valid id.") }
        return id
    }

    /// Sends a batch of locations, a JSON object a line.
    ///
    /// The service recognises locations that it has had before, so that this is safe to repeat.
    func createLocations(_ lines: [UInt8]) async throws -> Verdict {
        let path = "/api/locations/batch"
        let answer = try await send(path, "application/x-ndjson", lines, isRepeatable: true)
        guard answer.status == 200 || answer.status == 207, let verdict = Self.verdict(answer.body) else {
            throw Self.failure("POST \(path)", answer)
        }
        return verdict
    }

    /// Reads `{"accepted": n, "rejected": m, "items": [{"id": …} or {"errors": […]}, …]}`; `nil` if it is none.
    static func verdict(_ body: [UInt8]) -> Verdict? {
        var reader = JSONReader(body)
        var verdict = Verdict()
        var members: Set<String> = []
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                members.insert(key)
                switch key {
                case "accepted": verdict.accepted = try reader.readInteger()
                case "rejected": verdict.rejected = try reader.readInteger()
                case "items": verdict.refusals = try refusals(from: &reader)
                default: try reader.skipValue()
                }
            }
            try reader.finish()
        } catch {
            return nil
        }
        return members.isSuperset(of: ["accepted", "rejected"]) ? verdict : nil
    }

    /// The first lists of errors among a batch's items, as JSON.
    private static func refusals(from reader: inout JSONReader) throws(JSONError) -> [String] {
        var refusals: [String] = []
        try reader.beginArray()
        while try reader.nextElement() {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let start = reader.position
                try reader.skipValue()
                guard key == "errors", refusals.count < Verdict.longestList else { continue }
                let text = String(decoding: reader.bytes[start..<reader.position], as: UTF8.self)
                refusals.append(String(text.drop { $0 == " " }))
            }
        }
        return refusals
    }

    func send(
        _ path: String,
        _ contentType: String,
        _ body: [UInt8],
        headers: [String: String] = [:],
        isRepeatable: Bool
    ) async throws -> HTTPClient.Answer {
        var attempt = 1
        while true {
            let pause: Duration?
            let failure: SeedError
            do {
                let answer = try await http.send(
                    "POST",
                    path,
                    contentType: contentType,
                    headers: headers,
                    body: body
                )
                guard [429, 502, 503, 504].contains(answer.status) else { return answer }
                guard isRepeatable || [429, 503].contains(answer.status) else { return answer }
                failure = Self.failure("POST \(path)", answer)
                pause = retries.pause(after: attempt, retryAfter: answer.retryAfter, jitter: .random(in: 0..<1))
            } catch let error as URLError where isRepeatable || error.code == .cannotConnectToHost {
                failure = SeedError("\(address) does not answer: \(Self.reason(error)).")
                pause = retries.pause(after: attempt, retryAfter: nil, jitter: .random(in: 0..<1))
            }
            guard let pause else { throw failure.adding(" \(attempt) attempts were made.") }
            try await Task.sleep(for: pause)
            attempt += 1
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? URLError)?.code {
        case .cannotConnectToHost: "the connection is refused"
        case .cannotFindHost: "there is no such host"
        case .timedOut: "it took too long"
        default: error.localizedDescription
        }
    }

    static func failure(_ request: String, _ answer: HTTPClient.Answer) -> SeedError {
        let text = String(decoding: answer.body.prefix(500), as: UTF8.self)
        return SeedError("\(request) was answered \(answer.status): \(text)")
    }
}

/// Why seeding stopped, as a sentence for the person at the terminal.
struct SeedError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    func adding(_ sentence: String) -> SeedError {
        SeedError(description + sentence)
    }
}
