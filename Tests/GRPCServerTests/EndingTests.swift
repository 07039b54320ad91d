import GRPCTestSupport
import TestSupport
import Testing

@testable import GRPCServer

/// Calls that end before their handler does.
@Suite struct EndingTests {
    /// A handler that waits until it is cancelled.
    private static func waiting(_ begun: Event, _ cancelled: Event) -> @Sendable (inout RPCRouter) -> Void {
        { router in
            router.unary("/test.Service/Wait") { (_: Bytes, _) -> Bytes in
                begun.happen()
                do {
                    try await Task.sleep(for: .seconds(600))
                } catch {
                    cancelled.happen()
                    throw error
                }
                return []
            }
        }
    }

    @Test func cancelsTheHandlerAtTheClientsDeadline() async throws {
        let (begun, cancelled) = (Event(), Event())
        try await withServer(routes: Self.waiting(begun, cancelled)) { test in
            // On a busy machine a call may be late before its handler begins.
            var timeout = Duration.milliseconds(200)
            repeat {
                let status = try await test.client.unary("/test.Service/Wait", [1], timeout: timeout).status
                #expect(status.code == RPCError.Code.deadlineExceeded.rawValue)
                timeout *= 2
            } while !begun.hasHappened
            await cancelled.wait()
            try await eventually { test.value("grpc_calls_in_flight") == "0" }
            let total = #"grpc_calls_total{method="/test.Service/Wait",status="DEADLINE_EXCEEDED"}"#
            try await eventually { test.value(total) != "0" }
        }
    }

    @Test func cancelsTheHandlerWhenTheClientCancels() async throws {
        let (begun, cancelled) = (Event(), Event())
        try await withServer(routes: Self.waiting(begun, cancelled)) { test in
            let call = try await test.client.call("/test.Service/Wait")
            _ = try await call.send([1], isLast: true)
            await begun.wait()
            call.cancel()
            await cancelled.wait()
            #expect(await call.status().code == RPCError.Code.cancelled.rawValue)
            try await eventually { test.value("grpc_calls_in_flight") == "0" }
            try await test.expect(#"grpc_calls_total{method="/test.Service/Wait",status="CANCELLED"}"#, "1")
        }
    }

    @Test func endsACallThatTakesTooLong() async throws {
        let (begun, cancelled) = (Event(), Event())
        try await withServer { configuration in
            configuration.callTimeout = .milliseconds(200)
        } routes: { router in
            Self.waiting(begun, cancelled)(&router)
        } _: { test in
            let status = try await test.client.unary("/test.Service/Wait", [1]).status
            #expect(status.code == RPCError.Code.deadlineExceeded.rawValue)
            #expect(status.message == "The call took longer than the server allows.")
            await cancelled.wait()
            try await test.expect("grpc_calls_reaped_total", "1")
        }
    }

    @Test func endsACallWhoseMessageIsMissing() async throws {
        try await withServer { configuration in
            configuration.callTimeout = .milliseconds(200)
        } routes: { router in
            Self.waiting(Event(), Event())(&router)
        } _: { test in
            let call = try await test.client.call("/test.Service/Wait")
            #expect(await call.status().code == RPCError.Code.deadlineExceeded.rawValue)
            try await eventually { test.value("grpc_calls_in_flight") == "0" }
        }
    }

    @Test func endsASilentStream() async throws {
        try await withServer { configuration in
            configuration.messageTimeout = .milliseconds(200)
        } routes: { router in
            router.clientStreaming("/test.Service/Count") { (requests: RPCRequests<Bytes>, _) -> Bytes in
                for try await _ in requests {}
                return []
            }
        } _: { test in
            let call = try await test.client.call("/test.Service/Count")
            _ = try await call.send([1])
            #expect(await call.status().code == RPCError.Code.deadlineExceeded.rawValue)
        }
    }

    @Test func rejectsAMessageOverTheLimit() async throws {
        try await withServer { configuration in
            configuration.maximumMessage = 1_000
        } routes: { router in
            router.unary("/test.Service/Echo") { (request: Bytes, _) in request }
        } _: { test in
            let most = try await test.client.unary("/test.Service/Echo", Array(repeating: 1, count: 1_000)).status
            #expect(most.code == 0)
            let status = try await test.client.unary("/test.Service/Echo", Array(repeating: 1, count: 1_001)).status
            #expect(status.code == RPCError.Code.resourceExhausted.rawValue)
        }
    }

    @Test func rejectsCallsOverTheLimitAndAcceptsThemLater() async throws {
        let (begun, cancelled) = (Event(), Event())
        try await withServer { configuration in
            configuration.maximumCalls = 1
        } routes: { router in
            Self.waiting(begun, cancelled)(&router)
            router.unary("/test.Service/Echo") { (request: Bytes, _) in request }
        } _: { test in
            let call = try await test.client.call("/test.Service/Wait")
            _ = try await call.send([1], isLast: true)
            await begun.wait()
            let status = try await test.client.unary("/test.Service/Echo", [1]).status
            #expect(status.code == RPCError.Code.resourceExhausted.rawValue)
            #expect(status.trailers["grpc-retry-pushback-ms"] == Array("1000".utf8))
            call.cancel()
            _ = await call.status()
            try await eventually { try await test.client.unary("/test.Service/Echo", [1]).status.code == 0 }
        }
    }
}
