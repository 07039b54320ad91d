import Foundation
import FoundationNetworking
import JSON
import Models
import TestSupport

/// The part of UdaConnect's public API that creates things, with retries for a service that is busy or not yet up.
struct UdaConnectClient: Sendable {
    /// The result of a batch of locations.
    struct Verdict: Equatable, Sendable {
        /// The number of accepted locations.
        var accepted = 0
        /// The number of rejected locations.
        var rejected = 0
        /// The first rejections in the service's words.
        var refusals: [String] = []

        /// The maximum number of kept rejections.
        static let longestList = 3
    }

    private let http: HTTPClient
    private let address: String
    private let retries: RetryPolicy

    /// A client for an address.
    ///
    /// - Parameters:
    ///   - address: the base URL, such as `http://localhost:30001`.
    ///   - connections: how many requests may be in progress.
    ///   - retries: when to retry.
    /// - Throws: ``SeedError`` if the address is invalid.
    init(address: String, connections: Int, retries: RetryPolicy = RetryPolicy()) throws(SeedError) {
        guard let base = URL(string: address), ["http", "https"].contains(base.scheme), base.host() != nil else {
            throw SeedError("‘\(address)’ is no address: --url takes one like http://localhost:30001.")
        }
        self.address = address
        self.retries = retries
        http = HTTPClient(base: base, connections: connections)
    }

    /// Checks that the service answers, before any work is done.
    ///
    /// - Throws: ``SeedError`` that says what to do if it does not answer within a few seconds.
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

    /// Creates a person and returns the id.
    func createPerson(_ details: PersonDetails) async throws -> PersonID {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("first_name", details.firstName)
            writer.member("last_name", details.lastName)
            writer.member("company_name", details.companyName)
        }
        // A person that is posted twice exists twice, so a request that may have arrived is not repeated.
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

    /// Sends a batch of locations, one JSON object per line.
    ///
    /// The service recognises repeated locations, so a retry is safe.
    func createLocations(_ lines: [UInt8]) async throws -> Verdict {
        let path = "/api/locations/batch"
        let answer = try await send(path, "application/x-ndjson", lines, isRepeatable: true)
        guard answer.status == 200 || answer.status == 207, let verdict = Self.verdict(answer.body) else {
            throw Self.failure("POST \(path)", answer)
        }
        return verdict
    }

    /// Reads `{"accepted": n, "rejected": m, "items": [{"id": …} or {"errors": […]}, …]}`; `nil` for anything else.
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
        _ body: [UInt8]?,
        headers: [String: String] = [:],
        by method: String = "POST",
        isRepeatable: Bool
    ) async throws -> HTTPClient.Answer {
        var attempt = 1
        while true {
            let pause: Duration?
            let failure: SeedError
            do {
                let answer = try await http.send(
                    method,
                    path,
                    contentType: body == nil ? nil : contentType,
                    headers: headers,
                    body: body
                )
                guard [429, 502, 503, 504].contains(answer.status) else { return answer }
                guard isRepeatable || [429, 503].contains(answer.status) else { return answer }
                failure = Self.failure("\(method) \(path)", answer)
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

    /// Asks once.
    func get(_ path: String) async throws -> HTTPClient.Answer {
        try await http.send("GET", path)
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
