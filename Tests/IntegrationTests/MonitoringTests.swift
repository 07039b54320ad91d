import Foundation
import HTTPServer
import JSON
import Observability
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

/// Monitoring for operators: metrics, and traces through the queue.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MonitoringTests {
    private static let monitoring = TestCluster.packageRoot.appending(path: "k8s/monitoring")
    /// The settings of webhook-sender; `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` made the key.
    private static let push = [
        "WEBHOOK_KEY": "a key of the tests",
        "PUSH_SUBJECT": "mailto:ops@example.org",
        "PUSH_KEY": """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggeuO4APCyOQkUAxX
        3WRnZgXqqg1HyZ87IVvf7wQmnluhRANCAAQfGZyMBOwvMgh2nFyqvXvoZeUBamw6
        3jgOlYM9KCQKhVLbH2TmnBmb7X/OdgkUvphVMg6eh6J44JiO8jUfd8bQ
        -----END PRIVATE KEY-----
        """,
    ]

    /// Every metric in dashboards and rules is exported by a service, recorded by a rule, or built into Prometheus.
    @Test func dashboardsAndAlertsUseExistingMetrics() async throws {
        let settings = ["ADMIN_PORT": "0", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"]
        try await withServicesOnKafka(environment: settings) { services, _ in
            let person = try await services.createPerson("Me")
            let line = #"{"person_id": \#(person), "latitude": 48, "longitude": 2}"#
            #expect(try await services.send("POST", "/api/locations", to: services.producer, json: line).status == 200)
            let sender = try await RunningService.start(
                .webhookSender,
                database: services.database,
                environment: settings.merging(Self.push) { $1 }
            )
            var measured: Set<String> = ["up"]
            for service in [services.person, services.producer, services.consumer, services.connection, sender] {
                #expect(try await services.send("GET", "/metrics", to: service).status == 404)
                let text = try await Self.measurements(of: service)
                measured.formUnion(text.matches(of: /(?m)^# TYPE (\S+)/).map { String($0.1) })
                let build = text.contains(#"udaconnect_build_info{version="development"} 1"#)
                #expect(build)
            }
            _ = await sender.terminate()
            let rules = try String(contentsOf: Self.monitoring.appending(path: "rules.yaml"), encoding: .utf8)
            measured.formUnion(rules.matches(of: /record: (\S+)/).map { String($0.1) })
            // Exported only after the first error of its kind.
            measured.insert("postgres_errors_total")
            for (place, expression) in try Self.expressions(rules) {
                for name in Self.metrics(in: expression) {
                    let base = name.replacing(/_(bucket|sum|count)$/, with: "")
                    #expect(measured.contains(name) || measured.contains(base), "\(place): nothing measures \(name)")
                }
            }
        }
    }

    /// Paths from clients do not add series.
    @Test func unknownPathsAddNoSeries() async throws {
        try await withServices(environment: ["ADMIN_PORT": "0"]) { services in
            let before = try await Self.series(of: services.person)
            let base = try #require(URL(string: services.person.address))
            try await withThrowingTaskGroup { group in
                for lane in 0..<4 {
                    group.addTask {
                        let client = HTTPClient(base: base, connections: 1)
                        for index in 0..<25_000 {
                            let path = "/\(lane)/\(index)/\(UInt64.random(in: 0 ... .max))"
                            _ = try await client.send(index % 2 == 0 ? "GET" : "DELETE", path)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.series(of: services.person) == before)
        }
    }

    /// A trace follows a request through the message's header to the storing transaction, and to the trace receiver.
    @Test func aTracePassesThroughTheQueue() async throws {
        try await withTraceReceiver { address, received in
            let settings = ["OTEL_EXPORTER_OTLP_ENDPOINT": address, "LOG_LEVEL": "debug"]
            try await withServicesOnKafka(environment: settings) { services, broker in
                let person = try await services.createPerson("Me")
                let caller = TraceContext(isSampled: true)
                let base = try #require(URL(string: services.producer.address))
                let answer = try await HTTPClient(base: base, connections: 1).send(
                    "POST",
                    "/api/locations",
                    contentType: "application/json",
                    headers: ["traceparent": caller.traceparent],
                    body: Array(#"{"person_id": \#(person), "latitude": 48, "longitude": 2}"#.utf8)
                )
                #expect(answer.status == 200)
                let header = try await firstHeaders(in: "location", ["traceparent"], of: broker)["traceparent"]
                let message = try #require(TraceContext(traceparent: header ?? ""))
                #expect(message.traceID == caller.traceID)
                try await eventually("both spans have been exported") {
                    received.withLock { $0 }.filter { $0.trace == caller.traceIDText }.count == 2
                }
                let spans = received.withLock { $0 }.filter { $0.trace == caller.traceIDText }
                let request = try #require(spans.first { $0.name == "POST /api/locations" })
                let storing = try #require(spans.first { $0.name == "store locations" })
                #expect(request.parent == caller.spanIDText)
                #expect(request.id == message.spanIDText)
                #expect(storing.parent == message.spanIDText)
                #expect([request.service, storing.service] == ["location-producer", "location-consumer"])
                #expect(request.end >= request.start)
                for log in [services.producer.logText, services.consumer.logText] {
                    #expect(log.contains(#""trace_id":"\#(caller.traceIDText)""#))
                }
            }
        }
    }

    private static func measurements(of service: RunningService) async throws -> String {
        let port = try #require(service.adminPort)
        let client = HTTPClient(base: try #require(URL(string: "http://127.0.0.1:\(port)")), connections: 1)
        let answer = try await client.send("GET", "/metrics")
        #expect(answer.status == 200)
        return String(decoding: answer.body, as: UTF8.self)
    }

    private static func series(of service: RunningService) async throws -> Int {
        try await measurements(of: service).split(separator: "\n").count { !$0.hasPrefix("#") }
    }

    /// The PromQL of the rules and dashboards, with its location.
    private static func expressions(_ rules: String) throws -> [(place: String, expression: String)] {
        var found: [(String, String)] = []
        var block: [Substring]?
        for line in rules.split(separator: "\n") {
            if line.hasPrefix("          "), block != nil {
                block?.append(line)
                continue
            }
            if let lines = block.take() { found.append(("rules.yaml", lines.joined(separator: " "))) }
            guard let match = line.firstMatch(of: /^        expr: (.*)/) else { continue }
            if match.1 == "|-" { block = [] } else { found.append(("rules.yaml", String(match.1))) }
        }
        let folder = monitoring.appending(path: "dashboards")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count == 3)
        for file in files {
            let board = try JSONValue(Array(Data(contentsOf: file)))
            for panel in board["panels"]?.elements ?? [] {
                for target in panel["targets"]?.elements ?? [] {
                    found.append((file.lastPathComponent, try #require(target["expr"]?.string)))
                }
            }
        }
        #expect(found.count > 50)
        return found
    }

    /// The metrics in an expression: names outside braces that are neither functions nor keywords.
    private static func metrics(in expression: String) -> Set<String> {
        let bare = expression.replacing(/\{[^}]*\}/, with: "").replacing(/\[[^\]]*\]/, with: "")
            .replacing(/\b(by|without|on|ignoring)\s*\([^)]*\)/, with: "")
        let names = bare.matches(of: /([a-zA-Z_:][\w:]*)(\s*\()?/).filter { $0.2 == nil }.map { String($0.1) }
        return Set(names).subtracting(["and", "or", "unless", "bool"])
    }
}

/// A received span.
private struct ReceivedSpan: Sendable {
    let service: String
    let name: String
    let trace: String
    let id: String
    let parent: String?
    let start: UInt64
    let end: UInt64
}

/// Receives traces by OTLP over HTTP while `body` runs.
private func withTraceReceiver(_ body: (String, borrowing Mutex<[ReceivedSpan]>) async throws -> Void) async throws {
    let received = Inbox()
    var router = Router()
    router.post("/v1/traces") { request in
        let request = try JSONValue(try await request.body.collect(upTo: 1 << 20))
        for resource in request["resourceSpans"]?.elements ?? [] {
            let attributes = resource["resource"]?["attributes"]?.elements ?? []
            let service = attributes.first { $0["key"] == .string("service.name") }?["value"]?["stringValue"]?.string
            for span in resource["scopeSpans"]?.elements?.first?["spans"]?.elements ?? [] {
                guard let name = span["name"]?.string, let trace = span["traceId"]?.string,
                    let id = span["spanId"]?.string,
                    let start = span["startTimeUnixNano"]?.string.flatMap({ UInt64($0) }),
                    let end = span["endTimeUnixNano"]?.string.flatMap({ UInt64($0) })
                else { throw Problem(.badRequest) }
                let span = ReceivedSpan(
                    service: service ?? "",
                    name: name,
                    trace: trace,
                    id: id,
                    parent: span["parentSpanId"]?.string,
                    start: start,
                    end: end
                )
                received.spans.withLock { $0.append(span) }
            }
        }
        return .json { writer in
            writer.object { _ in }
        }
    }
    var configuration = HTTPServerConfiguration()
    configuration.host = "127.0.0.1"
    let server = WebServer(
        configuration: configuration,
        router: router,
        logger: Logger(service: "tests", level: .error),
        metrics: MetricsRegistry()
    )
    try await server.start()
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await body("http://127.0.0.1:\(server.port)", received.spans))
    } catch {
        outcome = .failure(error)
    }
    await server.stop()
    try outcome.get()
}

private final class Inbox: Sendable {
    let spans = Mutex<[ReceivedSpan]>([])
}
