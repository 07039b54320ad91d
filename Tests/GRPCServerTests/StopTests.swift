import GRPCTestSupport
import Networking
import Observability
import TestSupport
import Testing

@testable import GRPCServer

@Suite struct StopTests {
    @Test func answersPendingCallsBeforeItStops() async throws {
        let (begun, goOn) = (Event(), Event())
        try await withServer { router in
            router.unary("/test.Service/Wait") { (request: Bytes, _) in
                begun.happen()
                await goOn.wait()
                return request
            }
        } _: { test in
            async let outcome = test.client.unary("/test.Service/Wait", [1])
            await begun.wait()
            async let stopped: Void = test.server.stop()
            try await eventually("the server stops listening") { (try? RawConnection(to: test.server.port)) == nil }
            goOn.happen()
            let answer = try await outcome.message
            #expect(answer == [1])
            await stopped
            #expect(try await test.client.unary("/test.Service/Wait", [1]).status.code == 14)
        }
    }

    @Test func asksStreamsToEnd() async throws {
        let begun = Event()
        try await withServer { router in
            router.bidirectional("/test.Service/Chat") { (requests: RPCRequests<Bytes>, writer: RPCWriter<Bytes>, _) in
                begun.happen()
                do {
                    for try await _ in requests {}
                } catch is ServerIsDraining {
                    try await writer.write([9])
                    throw ServerIsDraining()
                }
            }
        } _: { test in
            let call = try await test.client.call("/test.Service/Chat")
            _ = try await call.send([1])
            await begun.wait()
            async let stopped: Void = test.server.stop()
            #expect(try await call.receive() == [9])
            #expect(await call.status().code == RPCError.Code.unavailable.rawValue)
            await stopped
        }
    }

    @Test func cancelsCallsThatDoNotEnd() async throws {
        let begun = Event()
        try await withServer { configuration in
            configuration.drainTimeout = .milliseconds(200)
        } routes: { router in
            router.unary("/test.Service/Wait") { (request: Bytes, _) in
                begun.happen()
                try await Task.sleep(for: .seconds(600))
                return request
            }
        } _: { test in
            async let outcome = test.client.unary("/test.Service/Wait", [1])
            await begun.wait()
            await test.server.stop()
            let status = try await outcome.status
            #expect(status.code != 0)
            #expect(test.log.text.contains("Cut calls that did not end in time"))
        }
    }

    @Test func doesNotStartOnAPortInUse() async throws {
        try await withServer { router in
            router.unary("/test.Service/Echo") { (request: Bytes, _) in request }
        } _: { test in
            var configuration = RPCServerConfiguration()
            configuration.host = "127.0.0.1"
            configuration.port = test.server.port
            let other = RPCServer(
                configuration: configuration,
                router: RPCRouter(),
                logger: Logger(service: "test", level: .error),
                metrics: MetricsRegistry()
            )
            await #expect { try await other.start() } throws: { ($0 as? ListeningError)?.code == .addressInUse }
        }
    }

    @Test func doesNotStartWithConflictingMethods() async throws {
        var router = RPCRouter()
        for method in ["/a.B/C", "/a.B/C", "a.B/C", "/a.B", "/a.B/C/D"] {
            router.unary(method) { (request: Bytes, _) in request }
        }
        let server = RPCServer(
            configuration: RPCServerConfiguration(),
            router: router,
            logger: Logger(service: "test", level: .error),
            metrics: MetricsRegistry()
        )
        await #expect { try await server.start() } throws: {
            ($0 as? RPCServerError) == .conflictingMethods(["/a.B/C", "a.B/C", "/a.B", "/a.B/C/D"])
        }
    }
}
