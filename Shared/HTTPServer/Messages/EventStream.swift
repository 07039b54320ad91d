/// Writes server-sent events (HTML standard, section 9.2).
///
/// It buffers nothing for a slow client: the writer waits, and then sends the current state.
package struct EventStream {
    private let writer: ResponseWriter
    private var lastID: String?
    private var lastWrite = ContinuousClock.now

    /// The time without an event after which a heartbeat is sent.
    private static var silence: Duration { .seconds(10) }

    fileprivate init(writer: ResponseWriter, lastID: String?) {
        self.writer = writer
        self.lastID = lastID
    }

    /// Sends an event.
    ///
    /// - Parameters:
    ///   - name: the type of the event.
    ///   - data: JSON without line breaks.
    /// - Throws: as ``ResponseWriter/write(_:)-(Array<UInt8>)``.
    package mutating func send(_ name: StaticString, _ data: [UInt8]) async throws {
        try await write("event: \(name)\n", data)
    }

    /// Sends a state, unless the client already has it.
    ///
    /// The event's id is a hash of the data, so a client that reconnects with it, to any replica, gets the state only
    /// if it has changed.
    package mutating func send(_ name: StaticString, state data: [UInt8]) async throws {
        let id = String(EntityTag.strong(data).dropFirst().dropLast())
        guard id != lastID else { return }
        try await write("event: \(name)\nid: \(id)\n", data)
        lastID = id
    }

    /// Sends a heartbeat if nothing was sent recently.
    package mutating func beat() async throws {
        guard lastWrite.duration(to: .now) >= Self.silence else { return }
        try await write("event: heartbeat\n", Array("{}".utf8))
    }

    /// Sends heartbeats during a computation of any length.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; as ``ResponseWriter/write(_:)-(Array<UInt8>)`` if the client disconnects
    ///   meanwhile.
    package mutating func beating<Value: Sendable>(
        while body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            while true {
                group.addTask {
                    try await Task.sleep(for: .seconds(1))
                    return nil
                }
                if let value = try await group.next() ?? nil { return value }
                try await beat()
            }
        }
    }

    fileprivate mutating func begin() async throws {
        // The milliseconds that a browser waits before it reconnects.
        try await writer.write("retry: 2000\n\n")
    }

    private mutating func write(_ head: String, _ data: [UInt8]) async throws {
        try await writer.write(Array("\(head)data: ".utf8) + data + Array("\n\n".utf8))
        lastWrite = .now
    }
}

extension Response {
    /// A stream of events, which ends when `send` or `end` returns or the client disconnects.
    ///
    /// - Parameters:
    ///   - request: its `Last-Event-ID`, or `last_event_id` in the query, is the state that the client has.
    ///   - end: waits until the stream has to end, whatever it is doing; `send` is cancelled then.
    ///   - send: sends events, and calls ``EventStream/beat()`` at least each second.
    /// - Returns: a response of type `text/event-stream`.
    package static func events(
        to request: Request,
        until end: (@Sendable () async throws -> Void)? = nil,
        _ send: @escaping @Sendable (inout EventStream) async throws -> Void
    ) -> Response {
        let lastID = request.headers["Last-Event-ID"] ?? request.query["last_event_id"]
        var response = Response.stream(contentType: "text/event-stream", headers: ["X-Accel-Buffering": "no"]) {
            writer in
            var stream = EventStream(writer: writer, lastID: lastID)
            try await stream.begin()
            try await send(&stream)
        }
        response.isLasting = true
        response.end = end
        return response
    }
}
