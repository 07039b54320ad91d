import HTTPClient
import Observability
package import ServiceRuntime

/// Sends the spans of a process to an OTLP receiver, some at a time.
///
/// It never holds up anybody: what the receiver does not take at once is dropped and counted.
struct TraceExporter: Sendable {
    /// How long spans wait for others to go with them.
    private static let period = Duration.seconds(1)
    /// How many spans go together at most.
    private static let batchSize = 512

    private let tracer: Tracer
    private let export: TraceExport
    private let address: String
    private let client = WebClient(maximumRequests: 1, timeout: .seconds(5))
    private let logger: Logger

    /// Makes an exporter; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - receiver: the base of the receiver's addresses.
    ///   - process: whose spans it sends.
    init(to receiver: String, _ process: ServiceProcess) {
        tracer = process.tracer
        export = TraceExport(service: process.name, version: process.version)
        address = (receiver.hasSuffix("/") ? String(receiver.dropLast()) : receiver) + "/v1/traces"
        logger = process.logger
    }

    /// Works until it is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: Self.period)
            await flush()
        }
    }

    /// Sends what waits.
    func flush() async {
        var spans = tracer.take()[...]
        while !spans.isEmpty {
            let batch = Array(spans.prefix(Self.batchSize))
            spans = spans.dropFirst(batch.count)
            do {
                let answer = try await client.post(json: export.request(batch), to: address)
                guard !(200..<300).contains(answer.status) else { continue }
                logger.warning("The receiver refuses traces", [.status: .integer(answer.status)])
            } catch {
                logger.warning("The receiver of traces cannot be reached", error: error)
            }
            tracer.drop(batch.count + spans.count)
            return
        }
    }
}

extension ServiceProcess {
    /// Exports traces if there is a receiver; to be started before everything that records spans.
    package var traceExport: Service {
        guard let traceReceiver else { return Service(name: "traces") }
        let exporter = TraceExporter(to: traceReceiver, self)
        return Service(name: "traces", run: { try await exporter.run() }, stop: { await exporter.flush() })
    }
}
