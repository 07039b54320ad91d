import Foundation
import HTTPClient
import Synchronization

/// An OpenID Connect issuer of `Tests/Tools/Issuer/issuer.py`.
package final class TestIssuer: Sendable {
    /// Our name there.
    package static let client = "udaconnect"
    /// Our password there.
    package static let secret = "s:e cret%"

    /// One process for all issuers; it ends with this one.
    private static let process = Result { try IssuerProcess() }
    private static let count = Atomic<Int>(0)

    /// The issuer's name, which is also its address.
    package let name: String
    private let web = WebClient(maximumRequests: 8, timeout: .seconds(100))

    /// Calls `body` with an issuer of its own.
    package static func withIssuer(_ body: (TestIssuer) async throws -> Void) async throws {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        try await body(TestIssuer(name: "http://127.0.0.1:\(try process.get().port)/\(number)"))
    }

    private init(name: String) {
        self.name = name
    }

    /// Changes the issuer's behaviour until the next change; see the program.
    package func control(_ json: String) async throws {
        _ = try await web.post(json: Array(json.utf8), to: "\(name)/control")
    }

    /// A token that the issuer signs.
    ///
    /// - Parameters:
    ///   - algorithm: the algorithm.
    ///   - header: the members of the header besides `alg` and `kid`, as JSON.
    ///   - claims: the claims, as JSON.
    /// - Returns: the token.
    /// - Throws: an error if the issuer does not answer.
    package func sign(_ algorithm: String, header: String, claims: String) async throws -> String {
        let request = #"{"alg":"\#(algorithm)","header":\#(header),"claims":\#(claims)}"#
        let answer = try await web.post(json: Array(request.utf8), to: "\(name)/sign")
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// How many times the key set was fetched.
    package func fetches() async throws -> Int? {
        Int(String(decoding: try await web.get("\(name)/count").body, as: UTF8.self))
    }

    /// The query with which the issuer sends a browser back that was sent to an address.
    package func callback(of address: String) async throws -> String {
        let location = String(decoding: try await web.get(address).body, as: UTF8.self)
        return location.firstIndex(of: "?").map { String(location[location.index(after: $0)...]) } ?? ""
    }
}

/// The running program.
private struct IssuerProcess {
    struct NotStarted: Error {}

    let port: Int
    /// The program ends when this is closed.
    private let input = Pipe()

    init() throws {
        let tests = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [tests.appending(path: "Tools/Issuer/issuer.py").path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw NotStarted() }
            line += data
        }
        guard let port = Int(String(decoding: line.dropLast(), as: UTF8.self)) else { throw NotStarted() }
        self.port = port
    }
}
