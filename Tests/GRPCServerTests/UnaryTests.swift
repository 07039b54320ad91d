import GRPCTestSupport
import Networking
import Observability
import Testing

@testable import GRPCServer

@Suite struct UnaryTests {
    private static let echo: @Sendable (inout RPCRouter) -> Void = { router in
        router.unary("/test.Service/Echo") { (request: Bytes, _) in request }
    }

    @Test(arguments: [0, 1, 100, 65_536, 4 << 20])
    func answersMessagesOfAnySize(count: Int) async throws {
        try await withServer(routes: Self.echo) { test in
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0) & 0x7F }
            let outcome = try await test.client.unary("/test.Service/Echo", message)
            #expect(outcome.status.code == 0)
            #expect(outcome.message == message)
            try await test.expect(#"grpc_calls_total{method="/test.Service/Echo",status="OK"}"#, "1")
            try await test.expect(#"grpc_call_duration_seconds_count{method="/test.Service/Echo"}"#, "1")
            try await test.expect("grpc_calls_in_flight", "0")
        }
    }

    @Test func answersManyAtOnce() async throws {
        try await withServer(routes: Self.echo) { test in
            try await withThrowingTaskGroup { group in
                for number in 0..<500 {
                    group.addTask {
                        let message = [UInt8(number & 0x7F), UInt8(number >> 7)]
                        let outcome = try await test.client.unary("/test.Service/Echo", message)
                        #expect(outcome.message == message)
                    }
                }
                try await group.waitForAll()
            }
            try await test.expect(#"grpc_calls_total{method="/test.Service/Echo",status="OK"}"#, "500")
        }
    }

    @Test(arguments: ["/test.Service/Other", "/test.Other/Echo", "/Echo", "/test.Service/Echo/"])
    func answersUnknownMethodsAtOnce(method: String) async throws {
        try await withServer(routes: Self.echo) { test in
            let began = ContinuousClock.now
            let outcome = try await test.client.unary(method, [1])
            #expect(outcome.status.code == RPCError.Code.unimplemented.rawValue)
            #expect(outcome.status.message == "There is no such method here.")
            #expect(ContinuousClock.now - began < .seconds(60))
            try await test.expect(#"grpc_calls_total{method="unknown",status="UNIMPLEMENTED"}"#, "1")
        }
    }

    @Test func returnsAHandlersErrorWithItsDetails() async throws {
        try await withServer { router in
            router.unary("/test.Service/Refuse") { (_: Bytes, _) -> Bytes in
                throw RPCError(
                    .resourceExhausted,
                    "Retry later.",
                    details: [.retry(after: .milliseconds(1_500)), .badRequest([.init("a.b", "Must be c.")])]
                )
            }
        } _: { test in
            let status = try await test.client.unary("/test.Service/Refuse", [1]).status
            #expect(status.code == 8)
            #expect(status.message == "Retry later.")
            #expect(status.trailers["grpc-retry-pushback-ms"] == Array("1500".utf8))
            // Encoded by another implementation, Python's googleapis-common-protos.
            let expected =
                "0808120c5265747279206c617465722e1a360a28747970652e676f6f676c65617069732e636f6d2f676f6f676c652e7270632e52"
                + "65747279496e666f120a0a0808011080cab5ee011a400a29747970652e676f6f676c65617069732e636f6d2f676f6f676c65"
                + "2e7270632e4261645265717565737412130a110a03612e62120a4d75737420626520632e"
            #expect(status.trailers["grpc-status-details-bin"].map(hexadecimal) == expected)
            try await test.expect(#"grpc_calls_total{method="/test.Service/Refuse",status="RESOURCE_EXHAUSTED"}"#, "1")
        }
    }

    @Test func hidesTheTextOfUnknownErrors() async throws {
        struct Secret: Error {}
        try await withServer { router in
            router.unary("/test.Service/Fail") { (_: Bytes, _) -> Bytes in throw Secret() }
        } _: { test in
            let status = try await test.client.unary("/test.Service/Fail", [1]).status
            #expect(status.code == RPCError.Code.internal.rawValue)
            #expect(status.message == "The server has failed; its log knows more under the trace.")
            #expect(test.log.text.contains(#""error_type":"Secret""#))
        }
    }

    @Test func rejectsAMalformedMessage() async throws {
        try await withServer(routes: Self.echo) { test in
            let status = try await test.client.unary("/test.Service/Echo", [0xFF]).status
            #expect(status.code == RPCError.Code.invalidArgument.rawValue)
            #expect(status.message == "The request is not the Bytes that this method takes.")
        }
    }

    @Test func rejectsACallWithoutAMessage() async throws {
        try await withServer(routes: Self.echo) { test in
            let call = try await test.client.call("/test.Service/Echo")
            try await call.halfClose()
            let status = await call.status()
            #expect(status.code == RPCError.Code.invalidArgument.rawValue)
        }
    }

    @Test func passesTraceAndMetadataToHandlers() async throws {
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        try await withServer { router in
            router.unary("/test.Service/Trace") { (_: Bytes, context) in
                context.logger.info("A test runs.")
                #expect(context.metadata("x-custom") == Array("value".utf8))
                #expect(context.metadata("x-absent") == nil)
                #expect(context.remoteAddress == "127.0.0.1")
                // The core rounds times up.
                #expect(context.timeRemaining.map { $0 > .seconds(200) && $0 <= .seconds(301) } == true)
                return Bytes(Array(context.trace.traceIDText.utf8))
            }
        } _: { test in
            let outcome = try await test.client.unary(
                "/test.Service/Trace",
                [1],
                metadata: [("traceparent", traceparent), ("x-custom", "value")],
                timeout: .seconds(300)
            )
            #expect(outcome.message == Array("4bf92f3577b34da6a3ce929d0e0e4736".utf8))
            #expect(test.log.text.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#))
            #expect(test.log.text.contains(#""route":"/test.Service/Trace""#))
        }
    }

    @Test func ignoresTheTraceOfAnUntrustedClient() async throws {
        let caller = TraceContext(isSampled: true)
        try await withServer {
            $0.trustedProxies = AddressRanges("none") ?? .loopback
        } routes: { router in
            router.unary("/test.Service/Trace") { (_: Bytes, context) in
                Bytes(Array(context.trace.traceIDText.utf8) + [context.trace.isSampled ? 1 : 0])
            }
        } _: { test in
            let metadata = [("traceparent", caller.traceparent)]
            let outcome = try await test.client.unary("/test.Service/Trace", [1], metadata: metadata)
            #expect(outcome.message?.dropLast() != Array(caller.traceIDText.utf8)[...])
            #expect(outcome.message?.last == 0)
        }
    }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0" + text : text
    }.joined()
}
