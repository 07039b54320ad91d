import GRPCTestSupport
import Observability
import Synchronization
import TestSupport
import Testing

@testable import GRPCServer

/// A message that consists of raw bytes.
struct Bytes: RPCRequestMessage, RPCResponseMessage, Equatable, ExpressibleByArrayLiteral {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(arrayLiteral elements: UInt8...) {
        bytes = elements
    }

    init(protobuf bytes: UnsafeRawBufferPointer) throws {
        // Simulates a message type that cannot decode some bytes.
        if bytes.first == 0xFF { throw MalformedMessage("Bytes") }
        self.bytes = Array(bytes)
    }

    func encode(into bytes: inout [UInt8]) {
        bytes += self.bytes
    }
}

/// A server with its client.
struct ServerUnderTest {
    let server: RPCServer
    let client: CoreClient
    let metrics: MetricsRegistry
    let log: LogLines

    /// The value of a metric's series in the exported text.
    func value(_ series: String) -> String? {
        String(decoding: metrics.prometheusText(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(series + " ") }.map { String($0.dropFirst(series.utf8.count + 1)) }
    }

    /// Waits until a series has a value.
    ///
    /// A client may receive its answer before the server has counted it.
    func expect(_ series: String, _ expected: String) async throws {
        try await eventually("\(series) is \(expected)") { value(series) == expected }
    }
}

/// Collects log lines.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined() } }

    var output: LogOutput {
        LogOutput { line in self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }
}

/// Runs a server on a free port, and a client connected to it.
func withServer(
    _ configure: (inout RPCServerConfiguration) -> Void = { _ in },
    health: HealthService? = nil,
    routes: (inout RPCRouter) -> Void,
    _ body: (ServerUnderTest) async throws -> Void
) async throws {
    var configuration = RPCServerConfiguration()
    configuration.host = "127.0.0.1"
    configuration.drainTimeout = .seconds(5)
    configure(&configuration)
    var router = RPCRouter()
    routes(&router)
    let metrics = MetricsRegistry()
    let log = LogLines()
    let server = RPCServer(
        configuration: configuration,
        router: router,
        health: health,
        logger: Logger(service: "test", level: .debug, output: log.output),
        metrics: metrics
    )
    try await server.start()
    let client = try CoreClient(port: server.port)
    do {
        try await body(ServerUnderTest(server: server, client: client, metrics: metrics, log: log))
    } catch {
        await client.close()
        await server.stop()
        throw error
    }
    await client.close()
    await server.stop()
}

/// A one-time event that tasks can await.
final class Event: Sendable {
    private let stream: AsyncStream<Void>
    private let source: AsyncStream<Void>.Continuation
    private let happened = Atomic(false)

    /// Whether it has happened.
    var hasHappened: Bool { happened.load(ordering: .relaxed) }

    init() {
        (stream, source) = AsyncStream.makeStream()
    }

    func happen() {
        happened.store(true, ordering: .relaxed)
        source.yield()
        source.finish()
    }

    /// Returns when the event has happened or the task is cancelled.
    func wait() async {
        for await _ in stream {}
    }
}
