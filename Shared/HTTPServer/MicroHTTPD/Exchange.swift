import CMicroHTTPD
import Concurrency
import Synchronization

/// One request with its response on one connection; connects libmicrohttpd's callbacks with the request's task.
///
/// Safety: `connection` belongs to libmicrohttpd. It is used on the connection's own thread within callbacks. Other
/// threads only resume it, which requires a suspended connection, and a suspended connection lives until it is resumed.
/// The state's lock gives the right to resume to one party, once. `course` and the variables below it are used on the
/// connection's thread only. Everything else is constant or has a lock.
final class Exchange: @unchecked Sendable {
    /// The meaning of the next callback, which libmicrohttpd does not tell.
    private enum Course {
        case new
        case head(awaitsContinue: Bool)
        case body(startsTask: Bool)
    }

    /// A request and its route, after the head has been read.
    struct Assignment {
        let request: Request
        let route: Route
        /// By ``MonotonicClock``.
        let startedAt: Int64
    }

    /// What several threads use.
    private struct Contents {
        var state = ExchangeState()
        /// The request, whose body refers to the exchange; released at the exchange's end.
        var assignment: Assignment?
        var task: Task<Void, Never>?
    }

    let target: String
    private let connection: OpaquePointer
    private let record: ConnectionRecord
    private let service: RequestService
    private let contents = Mutex(Contents())
    private var course = Course.new
    private var isHead = false
    private var isChunkingUnderstood = true
    private var startedAt: Int64 = 0
    /// The route's own time-out in nanoseconds.
    private var routeTimeout: Int64?
    private var bodySince: Int64 = 0
    private var bodyBefore = 0

    init(connection: OpaquePointer, record: ConnectionRecord, service: RequestService, target: String) {
        self.connection = connection
        self.record = record
        self.service = service
        self.target = target
    }

    // MARK: The connection's thread

    /// Handles a callback: the head, a piece of the body, its end, or a resumed connection.
    ///
    /// - Parameters:
    ///   - url: the target in libmicrohttpd's buffer.
    ///   - method: the method in that buffer.
    ///   - version: the version in that buffer.
    ///   - upload: bytes of the body.
    ///   - size: their number; set to the number of bytes that were not consumed.
    /// - Returns: `MHD_NO` to cut the connection.
    func advance(
        url: UnsafePointer<CChar>,
        method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>,
        upload: UnsafePointer<CChar>?,
        size: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        switch course {
        case .new:
            startedAt = MonotonicClock.now()
            do {
                let head = try RequestHead(
                    connection: connection,
                    method: method,
                    url: url,
                    version: version,
                    target: target
                )
                return begin(head)
            } catch {
                // Before the body: libmicrohttpd ends the connection after an answer that is queued here.
                return queue(service.refuse(error, startedAt: startedAt))
            }
        case .head(let awaitsContinue):
            return decideAboutBody(awaitsContinue: awaitsContinue)
        case .body(let startsTask):
            if let upload, size.pointee > 0 {
                return take(UnsafeRawBufferPointer(start: upload, count: size.pointee), size: size)
            }
            return complete(startsTask: startsTask)
        }
    }

    private func begin(_ head: RequestHead) -> MHD_Result {
        let length = head.isChunked ? nil : head.contentLength ?? 0
        isHead = head.method == .head
        isChunkingUnderstood = !head.isVersion10
        update { $0.begin(contentLength: length, isHead: head.method == .head) }
        var startsTask = false
        switch service.admit(head, body: self, peer: record.peer, startedAt: startedAt) {
        case .handle(let accepted):
            contents.withLock { $0.assignment = accepted }
            routeTimeout = accepted.route.timeout?.nanoseconds
            startsTask = true
        case .answer(let prepared):
            _ = update { $0.answered(prepared) }
        }
        guard head.hasBody else {
            course = .body(startsTask: startsTask)
            return CMicroHTTPD_yes
        }
        startBody()
        if startsTask, !head.awaitsContinue, let length, length <= ExchangeState.readAheadLimit {
            update { $0.readBodyAhead() }
            course = .body(startsTask: true)
            return CMicroHTTPD_yes
        }
        course = .head(awaitsContinue: head.awaitsContinue)
        if startsTask {
            // Start the task first: it can handle a running and a suspended connection.
            startTask()
        }
        return decideAboutBody(awaitsContinue: head.awaitsContinue)
    }

    private func decideAboutBody(awaitsContinue: Bool) -> MHD_Result {
        switch update({ $0.headVerdict(awaitsContinue: awaitsContinue) }) {
        case .suspend:
            record.enter(.handling, until: requestDeadline)
            suspend()
            return CMicroHTTPD_yes
        case .readBody:
            course = .body(startsTask: false)
            startBody()
            return CMicroHTTPD_yes
        case .queue(let prepared):
            return queue(prepared)
        case .sendLast(let bytes):
            course = .body(startsTask: false)
            record.sendLast(bytes, lingerUntil: MonotonicClock.now() + RequestService.lingerTime)
            return CMicroHTTPD_yes
        case .abort:
            return CMicroHTTPD_no
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, size: UnsafeMutablePointer<Int>) -> MHD_Result {
        let (verdict, wake, received) = update { state in
            let (verdict, wake) = state.received(bytes)
            return (verdict, wake, state.receivedCount)
        }
        size.pointee = 0
        switch verdict {
        case .taken(let wasPaused):
            if wasPaused {
                startBody(at: received)
            }
            let allowance = Int64(max(0, received - bodyBefore)) * 1_000_000_000 / service.minimumBodyRate
            record.enter(.body, until: min(requestDeadline, bodySince + service.bodyGrace + allowance))
        case .suspend(let isTaken):
            if !isTaken {
                size.pointee = bytes.count
            }
            record.enter(.handling, until: requestDeadline)
            suspend()
        case .leave: size.pointee = bytes.count
        case .sendLast(let last):
            record.sendLast(last, lingerUntil: MonotonicClock.now() + RequestService.lingerTime)
        case .abort:
            return CMicroHTTPD_no
        }
        perform(wake)
        return CMicroHTTPD_yes
    }

    private func complete(startsTask: Bool) -> MHD_Result {
        course = .body(startsTask: false)
        let (verdict, wake) = update { $0.completed() }
        switch verdict {
        case .suspend:
            record.enter(.handling, until: requestDeadline)
            if startsTask {
                startTask()
            }
            perform(wake)
            if update({ $0.skipSuspension() }) {
                return complete(startsTask: false)
            }
            suspend()
            return CMicroHTTPD_yes
        case .queue(let prepared):
            perform(wake)
            return queue(prepared)
        case .abort:
            perform(wake)
            return CMicroHTTPD_no
        }
    }

    private func queue(_ prepared: PreparedAnswer) -> MHD_Result {
        let response: ResponseHandle?
        switch prepared.body {
        case .bytes(let bytes): response = ResponseHandle(bytes: bytes)
        case .stream: response = ResponseHandle(streamOf: self, isHead: isHead)
        }
        guard let response else { return CMicroHTTPD_no }
        for field in prepared.headers.fields {
            response.add(field.name.text, field.value)
        }
        if prepared.closesConnection || service.isDraining {
            response.add("Connection", "close")
        }
        let now = MonotonicClock.now()
        if !prepared.isLasting, let limit = service.answerTimeout { record.endAnswer(by: now + limit) }
        record.enterSending(at: service.writePace, now: now)
        return response.queue(on: connection, status: prepared.status.code)
    }

    /// libmicrohttpd has room for bytes of a stream.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (verdict, wake) = update { $0.read(into: buffer) }
        defer { perform(wake) }
        switch verdict {
        case .bytes(let count):
            record.enterSending(at: service.writePace, now: MonotonicClock.now())
            return count
        case .suspend:
            record.enter(.producing, until: .max)
            suspend()
            return 0
        case .end where isChunkingUnderstood: return CMicroHTTPD_endOfStream
        case .end:
            record.endSending()
            return writeInVain(buffer)
        case .fail:
            record.cut()
            return writeInVain(buffer)
        }
    }

    /// Makes libmicrohttpd close a connection after a failed stream.
    ///
    /// If a stream has failed, or one without chunks has ended, libmicrohttpd 0.9.75 marks the connection as closed
    /// but, with epoll, does not close it. It handles a failed write correctly, so this byte is written to the
    /// shut-down socket.
    private func writeInVain(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        buffer.copyBytes(from: CollectionOfOne(UInt8(0)))
        return 1
    }

    /// libmicrohttpd has finished this request.
    func close() {
        record.end(idleUntil: MonotonicClock.now() + service.idleTimeout)
        perform(update { $0.closed() })
        let task = contents.withLock { contents in
            contents.assignment = nil
            return contents.task.take()
        }
        task?.cancel()
    }

    private func suspend() {
        MHD_suspend_connection(connection)
        if update({ $0.didSuspend() }) {
            MHD_resume_connection(connection)
        }
    }

    private func startBody(at received: Int = 0) {
        bodySince = MonotonicClock.now()
        bodyBefore = received
        record.enter(.body, until: min(requestDeadline, bodySince + service.bodyGrace))
    }

    private var requestDeadline: Int64 { startedAt + (routeTimeout ?? service.requestTimeout) }

    // MARK: The request's task

    private func startTask() {
        guard let assignment = contents.withLock({ $0.assignment }) else { return }
        service.begin()
        // The only unstructured task: a request begins on libmicrohttpd's thread, outside any task. It is cancelled if
        // the request is late and when the connection ends.
        let task = Task {
            await service.run(assignment, on: self)
        }
        contents.withLock { $0.task = task }
    }

    /// Passes the answer on.
    ///
    /// - Returns: whether it will be sent; not if the client has disconnected or the server has already answered.
    func answer(_ prepared: PreparedAnswer) -> Bool {
        let (verdict, wake) = update { $0.answered(prepared) }
        perform(wake)
        switch verdict {
        case .taken: return true
        case .dropped: return false
        case .sendLast(let bytes):
            record.sendLast(bytes, lingerUntil: MonotonicClock.now() + RequestService.lingerTime)
            perform(update { $0.didSendLast() })
            return true
        }
    }

    /// Ends a stream, complete or failed.
    func finishStream(whole: Bool) {
        perform(update { $0.produced(whole: whole) })
    }

    // MARK: The reaper

    /// The handler has not answered in time.
    func answerLate() {
        if let assignment = contents.withLock({ $0.assignment }) {
            service.answerLate(assignment, on: self)
        } else {
            abort()
        }
        contents.withLock { $0.task }?.cancel()
    }

    /// The connection has been shut down.
    func abort() {
        perform(update { $0.aborted() })
        contents.withLock { $0.task }?.cancel()
    }

    private func update<Verdict: Sendable>(_ event: (inout ExchangeState) -> Verdict) -> Verdict {
        contents.withLock { event(&$0.state) }
    }

    private func perform(_ wake: ExchangeState.Wake) {
        if wake.resumesConnection {
            MHD_resume_connection(connection)
        }
        wake.reader?.resume()
        wake.writer?.resume()
    }
}

extension Exchange: RequestBodySource {
    func nextChunk() async throws -> [UInt8]? {
        while true {
            let (verdict, wake) = update { $0.nextInbound() }
            perform(wake)
            switch verdict {
            case .bytes(let bytes): return bytes
            case .end: return nil
            case .gone: throw ClientDisconnected()
            case .late: throw BodyReadTooLate()
            case .wait: try await wait { $0.waitForInbound($1) }
            }
        }
    }

    func takeWhole() -> [UInt8]? {
        update { $0.takeWholeInbound() }
    }

    func awaitWhole(_ length: Int) {
        update { $0.awaitWhole(length) }
    }

    private func wait(
        _ enlist: @Sendable (inout ExchangeState, CheckedContinuation<Void, Never>) -> Bool
    ) async throws {
        try Task.checkCancellation()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !update({ !Task.isCancelled && enlist(&$0, continuation) }) {
                    continuation.resume()
                }
            }
        } onCancel: {
            perform(update { $0.cancelled() })
        }
        try Task.checkCancellation()
    }
}

extension Exchange: ResponseSink {
    func write(_ bytes: [UInt8]) async throws {
        let (isTaken, wake) = update { $0.write(bytes) }
        perform(wake)
        guard isTaken else { throw ClientDisconnected() }
        while true {
            switch update({ $0.room }) {
            case .room: return
            case .gone: throw ClientDisconnected()
            case .wait: try await wait { $0.waitForRoom($1) }
            }
        }
    }
}
