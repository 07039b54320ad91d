import HTTPClient
import Observability

/// Sends the spans of a process in batches to an OTLP receiver.
///
/// It never blocks requests: spans that the receiver does not accept at once are dropped and counted.
struct TraceExporter: Sendable {
    /// The time to collect spans for a batch.
    private static let period = Duration.seconds(1)
    /// The maximum number of spans per batch.
    private static let batchSize = 512

    private let tracer: Tracer
    private let export: TraceExport
    private let address: String
    private let client = WebClient(maximumRequests: 1, timeout: .seconds(5))
    private let logger: Logger

    /// Nothing is connected yet.
    ///
    /// - Parameters:
    ///   - receiver: the base URL of the receiver.
    ///   - process: the source of the spans.
    init(to receiver: String, _ process: ServiceProcess) {
        tracer = process.tracer
        export = TraceExport(service: process.name, version: process.version)
        address = (receiver.hasSuffix("/") ? String(receiver.dropLast()) : receiver) + "/v1/traces"
        logger = process.logger
    }

    /// Runs until it is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: Self.period)
            await flush()
        }
    }

    /// Sends the waiting spans.
    func flush() async {
        var spans = tracer.take()[...]
        while !spans.isEmpty {
            let batch = Array(spans.prefix(Self.batchSize))
            spans = spans.dropFirst(batch.count)
            do {
                let answer = try await client.post(json: export.request(batch), to: address)
                guard !(200..<300).contains(answer.status) else { continue }
                logger.warning("The trace receiver rejected spans", [.status: .integer(answer.status)])
            } catch {
                logger.warning("Could not reach the trace receiver", error: error)
            }
            tracer.drop(batch.count + spans.count)
            return
        }
    }
}

extension ServiceProcess {
    /// Exports traces if a receiver is configured; start it before everything that records spans.
    package var traceExport: Service {
        guard let traceReceiver else { return Service(name: "traces") }
        let exporter = TraceExporter(to: traceReceiver, self)
        return Service(name: "traces", run: { try await exporter.run() }, stop: { await exporter.flush() })
    }
}
