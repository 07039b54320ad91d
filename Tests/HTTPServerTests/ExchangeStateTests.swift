import Testing

@testable import HTTPServer

/// The states of an exchange, event by event.
@Suite struct ExchangeStateTests {
    private static let answer = PreparedAnswer(
        status: .ok,
        headers: [:],
        body: .bytes([1]),
        closesConnection: false
    )

    private func state(contentLength: Int?) -> ExchangeState {
        var state = ExchangeState()
        state.begin(contentLength: contentLength, isHead: false)
        return state
    }

    private func receive(_ state: inout ExchangeState, _ count: Int) -> (ExchangeState.BodyVerdict, ExchangeState.Wake)
    {
        [UInt8](repeating: 1, count: count).withUnsafeBytes { state.received($0) }
    }

    @Test func suspendsUntilTheAnswerIsReady() throws {
        var state = state(contentLength: 0)
        guard case .suspend = state.completed().0 else { throw Unexpected() }
        let mustResume = state.didSuspend()
        #expect(!mustResume)
        let (verdict, wake) = state.answered(ExchangeStateTests.answer)
        guard case .taken = verdict else { throw Unexpected() }
        #expect(wake.resumesConnection)
        guard case .queue = state.completed().0 else { throw Unexpected() }
    }

    @Test func resumesAtOnceIfTheAnswerCameDuringSuspension() throws {
        var state = state(contentLength: 0)
        guard case .suspend = state.completed().0 else { throw Unexpected() }
        let (_, wake) = state.answered(ExchangeStateTests.answer)
        #expect(!wake.resumesConnection, "the connection is not suspended yet")
        let mustResume = state.didSuspend()
        #expect(mustResume, "so the connection's thread resumes it")
        let abortion = state.aborted()
        #expect(!abortion.resumesConnection, "and it is not resumed twice")
    }

    @Test func doesNotSuspendIfTheAnswerIsReady() throws {
        var state = state(contentLength: 0)
        guard case .suspend = state.completed().0 else { throw Unexpected() }
        let mustWait = !state.skipSuspension()
        #expect(mustWait)
        _ = state.answered(ExchangeStateTests.answer)
        let mayGoOn = state.skipSuspension()
        #expect(mayGoOn)
        guard case .queue = state.completed().0 else { throw Unexpected() }
    }

    @Test func acceptsOnlyOneAnswer() throws {
        var state = state(contentLength: 0)
        guard case .taken = state.answered(ExchangeStateTests.answer).0 else { throw Unexpected() }
        guard case .dropped = state.answered(ExchangeStateTests.answer).0 else { throw Unexpected() }
    }

    @Test func acceptsNoAnswerAfterClosing() throws {
        var state = state(contentLength: 0)
        _ = state.closed()
        guard case .dropped = state.answered(ExchangeStateTests.answer).0 else { throw Unexpected() }
        let (isTaken, _) = state.write([1])
        #expect(!isTaken)
        guard case .gone = state.nextInbound().0 else { throw Unexpected() }
    }

    @Test func readsTheBodyOnDemand() throws {
        var state = state(contentLength: 100)
        guard case .suspend = state.headVerdict(awaitsContinue: true) else { throw Unexpected() }
        _ = state.didSuspend()
        let (verdict, wake) = state.nextInbound()
        guard case .wait = verdict else { throw Unexpected() }
        #expect(wake.resumesConnection)
        guard case .readBody = state.headVerdict(awaitsContinue: true) else { throw Unexpected() }
        guard case .taken = receive(&state, 100).0 else { throw Unexpected() }
        guard case .bytes(let bytes) = state.nextInbound().0 else { throw Unexpected() }
        #expect(bytes.count == 100)
        guard case .suspend = state.completed().0 else { throw Unexpected() }
        guard case .end = state.nextInbound().0 else { throw Unexpected() }
    }

    @Test func stopsReadingAtTheBound() throws {
        var state = state(contentLength: nil)
        state.readBodyAhead()
        guard case .taken = receive(&state, InboundBody.limit - 1).0 else { throw Unexpected() }
        guard case .suspend(isTaken: true) = receive(&state, 1000).0 else { throw Unexpected() }
        _ = state.didSuspend()
        guard case .bytes(let bytes) = state.nextInbound().0 else { throw Unexpected() }
        #expect(bytes.count == InboundBody.limit + 999)
        guard case .taken(isPaused: true) = receive(&state, 1).0 else { throw Unexpected() }
    }

    @Test func takesNothingIfResumedWhileFull() throws {
        var state = state(contentLength: nil)
        state.readBodyAhead()
        guard case .suspend(isTaken: true) = receive(&state, InboundBody.limit).0 else { throw Unexpected() }
        guard case .suspend(isTaken: false) = receive(&state, 1).0 else { throw Unexpected() }
        #expect(state.receivedCount == InboundBody.limit)
    }

    @Test func deliversARequestedWholeBody() throws {
        let length = 3 * InboundBody.limit
        var state = state(contentLength: length)
        guard case .suspend = state.headVerdict(awaitsContinue: false) else { throw Unexpected() }
        _ = state.didSuspend()
        state.awaitWhole(length)
        let (verdict, wake) = state.nextInbound()
        guard case .wait = verdict else { throw Unexpected() }
        #expect(wake.resumesConnection)
        for _ in 0..<3 {
            guard case .taken(isPaused: false) = receive(&state, InboundBody.limit).0 else {
                throw Unexpected()
            }
            guard case .wait = state.nextInbound().0 else { throw Unexpected() }
        }
        guard case .suspend = state.completed().0 else { throw Unexpected() }
        guard case .bytes(let bytes) = state.nextInbound().0 else { throw Unexpected() }
        #expect(bytes.count == length)
        guard case .end = state.nextInbound().0 else { throw Unexpected() }
    }

    @Test func deliversNothingIfTheClientDisconnectsInAWholeBody() throws {
        let length = 3 * InboundBody.limit
        var state = state(contentLength: length)
        state.readBodyAhead()
        state.awaitWhole(length)
        _ = receive(&state, length - 1)
        _ = state.closed()
        guard case .gone = state.nextInbound().0 else { throw Unexpected() }
    }

    @Test func answersBeforeAnUnreadBodyEnds() throws {
        // The client holds the body back: answer through libmicrohttpd.
        var held = state(contentLength: 1_000_000)
        _ = held.answered(ExchangeStateTests.answer)
        guard case .queue = held.headVerdict(awaitsContinue: true) else { throw Unexpected() }
        // The client sends anyway: answer past libmicrohttpd.
        var sent = state(contentLength: 1_000_000)
        _ = sent.answered(ExchangeStateTests.answer)
        guard case .sendLast = sent.headVerdict(awaitsContinue: false) else { throw Unexpected() }
        guard case .taken = receive(&sent, 10).0 else { throw Unexpected() }
        guard case .abort = sent.completed().0 else { throw Unexpected() }
        // The body ends soon: read and discard it.
        var short = state(contentLength: 1000)
        _ = short.answered(ExchangeStateTests.answer)
        guard case .readBody = short.headVerdict(awaitsContinue: false) else { throw Unexpected() }
        guard case .taken = receive(&short, 1000).0 else { throw Unexpected() }
        guard case .queue = short.completed().0 else { throw Unexpected() }
    }

    @Test func sendsAnEarlyAnswerBeforeItClosesTheConnection() throws {
        var state = state(contentLength: nil)
        state.readBodyAhead()
        guard case .taken = receive(&state, 10).0 else { throw Unexpected() }
        guard case .sendLast = state.answered(ExchangeStateTests.answer).0 else { throw Unexpected() }
        guard case .suspend = state.completed().0 else { throw Unexpected() }
        _ = state.didSuspend()
        let wake = state.didSendLast()
        #expect(wake.resumesConnection)
        guard case .abort = state.completed().0 else { throw Unexpected() }
    }

    @Test func deliversAStreamToItsEnd() throws {
        var state = state(contentLength: 0)
        let stream = PreparedAnswer(status: .ok, headers: [:], body: .stream, closesConnection: false)
        _ = state.answered(stream)
        guard case .queue = state.completed().0 else { throw Unexpected() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
        defer { buffer.deallocate() }
        guard case .suspend = state.read(into: buffer).0 else { throw Unexpected() }
        _ = state.didSuspend()
        let (isTaken, wake) = state.write([1, 2, 3, 4, 5, 6])
        #expect(isTaken && wake.resumesConnection)
        guard case .bytes(4) = state.read(into: buffer).0 else { throw Unexpected() }
        #expect(Array(buffer) == [1, 2, 3, 4])
        guard case .bytes(2) = state.read(into: buffer).0 else { throw Unexpected() }
        _ = state.produced(whole: true)
        guard case .end = state.read(into: buffer).0 else { throw Unexpected() }
    }

    @Test func suspendsAWriterUntilThereIsRoom() throws {
        var state = state(contentLength: 0)
        let stream = PreparedAnswer(status: .ok, headers: [:], body: .stream, closesConnection: false)
        _ = state.answered(stream)
        guard case .queue = state.completed().0 else { throw Unexpected() }
        _ = state.write([UInt8](repeating: 1, count: OutboundStream.limit))
        guard case .wait = state.room else { throw Unexpected() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { buffer.deallocate() }
        guard case .bytes(1) = state.read(into: buffer).0 else { throw Unexpected() }
        guard case .room = state.room else { throw Unexpected() }
        _ = state.aborted()
        guard case .gone = state.room else { throw Unexpected() }
        guard case .fail = state.read(into: buffer).0 else { throw Unexpected() }
    }

    private struct Unexpected: Error {}
}
