import GRPCTestSupport
import Testing

@testable import GRPCServer

@Suite struct StreamTests {
    @Test func writesAnyNumberOfMessages() async throws {
        try await withServer { router in
            router.serverStreaming("/test.Service/Repeat") { (request: Bytes, writer: RPCWriter<Bytes>, _) in
                for number in 0..<100 { try await writer.write(Bytes(request.bytes + [UInt8(number)])) }
            }
        } _: { test in
            let call = try await test.client.call("/test.Service/Repeat")
            _ = try await call.send([7], isLast: true)
            for number in 0..<100 { #expect(try await call.receive() == [7, UInt8(number)]) }
            #expect(try await call.receive() == nil)
            #expect(await call.status().code == 0)
        }
    }

    @Test func readsMessagesToTheirEnd() async throws {
        try await withServer { router in
            router.clientStreaming("/test.Service/Sum") { (requests: RPCRequests<Bytes>, _) -> Bytes in
                var sum = 0
                for try await request in requests { sum += Int(request.bytes[0]) }
                return Bytes([UInt8(sum >> 8), UInt8(sum & 0xFF)])
            }
        } _: { test in
            let call = try await test.client.call("/test.Service/Sum")
            for number in 1...50 { _ = try await call.send([UInt8(number)]) }
            try await call.halfClose()
            #expect(try await call.receive() == [4, 251])
            #expect(await call.status().code == 0)
        }
    }

    @Test func readsAndWritesInTurns() async throws {
        try await withServer { router in
            router.bidirectional("/test.Service/Chat") { (requests: RPCRequests<Bytes>, writer: RPCWriter<Bytes>, _) in
                for try await request in requests { try await writer.write(request) }
            }
        } _: { test in
            let call = try await test.client.call("/test.Service/Chat")
            for number in 0..<100 {
                _ = try await call.send([UInt8(number)])
                #expect(try await call.receive() == [UInt8(number)])
            }
            try await call.halfClose()
            #expect(try await call.receive() == nil)
            #expect(await call.status().code == 0)
            try await test.expect(#"grpc_calls_total{method="/test.Service/Chat",status="OK"}"#, "1")
        }
    }

    @Test func suspendsTheClientUntilTheHandlerReads() async throws {
        let goOn = Event()
        try await withServer { router in
            router.clientStreaming("/test.Service/Slow") { (requests: RPCRequests<Bytes>, _) -> Bytes in
                await goOn.wait()
                var count = 0
                for try await _ in requests { count += 1 }
                return Bytes([UInt8(count)])
            }
        } _: { test in
            let call = try await test.client.call("/test.Service/Slow")
            // More than the flow-control windows of HTTP/2 hold: the client can send all of it only once the handler reads.
            let sending = Task {
                for _ in 0..<10 { _ = try await call.send(Array(repeating: 1, count: 1 << 20)) }
                try await call.halfClose()
                return ContinuousClock.now
            }
            try await Task.sleep(for: .milliseconds(300))
            let before = ContinuousClock.now
            goOn.happen()
            #expect(try await sending.value > before)
            #expect(try await call.receive() == [10])
            #expect(await call.status().code == 0)
        }
    }

    @Test func endsWithTheHandlersError() async throws {
        try await withServer { router in
            router.bidirectional("/test.Service/Stop") { (requests: RPCRequests<Bytes>, writer: RPCWriter<Bytes>, _) in
                for try await request in requests {
                    try await writer.write(request)
                    throw RPCError(.failedPrecondition, "No more.")
                }
            }
        } _: { test in
            let call = try await test.client.call("/test.Service/Stop")
            _ = try await call.send([1])
            #expect(try await call.receive() == [1])
            #expect(try await call.receive() == nil)
            let status = await call.status()
            #expect(status.code == RPCError.Code.failedPrecondition.rawValue)
            #expect(status.message == "No more.")
        }
    }
}
