import Foundation
import Geospatial
import JSON
import Models
import Synchronization
import TestSupport

/// A phone that keeps locations until they are acknowledged, and sends them again.
struct Phone: Sendable {
    private let balancer: LoadBalancer
    private let clients = HTTPClients()
    private let walks: Walks
    private let ledger: Ledger

    /// Creates a phone that uses the balancer's producers.
    init(behind balancer: LoadBalancer, walks: Walks, ledger: Ledger) {
        self.balancer = balancer
        self.walks = walks
        self.ledger = ledger
    }

    /// Sends a batch with exponential back-off until it is acknowledged, then records it.
    ///
    /// - Returns: the number of attempts.
    /// - Throws: if it is rejected permanently, and `CancellationError`.
    @discardableResult
    func send(_ batch: [Fix]) async throws -> Int {
        let body = try lines(of: batch)
        var pause = Duration.milliseconds(50)
        var sendings = 1
        while try await !isAcknowledged(body) {
            try await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, .seconds(1))
            sendings += 1
        }
        ledger.acknowledge(batch)
        return sendings
    }

    private func isAcknowledged(_ body: [UInt8]) async throws -> Bool {
        guard let producer = balancer.next() else { return false }
        let client = clients.client(of: producer)
        let answer: HTTPClient.Answer
        do {
            answer = try await client.send(
                "POST",
                "/api/locations/batch",
                contentType: "application/x-ndjson",
                body: body
            )
        } catch let error as URLError where error.code != .cancelled {
            return false
        }
        switch answer.status {
        case 200: return true
        case 429, 500...: return false
        default:
            let text = String(decoding: answer.body.prefix(500), as: UTF8.self)
            throw FaultsError("A batch was answered \(answer.status): \(text)")
        }
    }

    /// The body of a batch, one object a line.
    func lines(of batch: some Sequence<Fix>) throws -> [UInt8] {
        var writer = JSONWriter(capacity: batch.underestimatedCount * 120)
        for fix in batch {
            let report = try walks.report(fix)
            writer.object { writer in
                writer.member("person_id", report.personID.rawValue)
                writer.member("latitude", report.coordinate.latitude.description)
                writer.member("longitude", report.coordinate.longitude.description)
                writer.member("creation_time", report.creationTime.description)
            }
            writer.endLine()
        }
        return writer.takeBytes()
    }
}

/// The clients of the producers, created on first use.
private final class HTTPClients: Sendable {
    private let clients = Mutex<[URL: HTTPClient]>([:])

    func client(of producer: URL) -> HTTPClient {
        clients.withLock { clients in
            let client = clients[producer] ?? HTTPClient(base: producer, connections: 1, timeout: 15)
            clients[producer] = client
            return client
        }
    }
}
