/// Takes the bytes of a streamed response.
///
/// Used by one task, the request's.
package final class ResponseWriter {
    private let sink: any ResponseSink
    private let deflater: Deflater?

    init(sink: any ResponseSink, deflater: Deflater? = nil) {
        self.sink = sink
        self.deflater = deflater
    }

    /// Sends bytes; returns when they are sent or buffered, so it waits for a slow client.
    ///
    /// - Throws: ``ClientDisconnected`` if the client has disconnected or reads too slowly; `CancellationError`.
    package func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        guard let deflater else { return try await sink.write(bytes) }
        try await sink.write(deflater.compress(bytes, flush: .sync))
    }

    /// Sends text in UTF-8; see ``write(_:)-(Array<UInt8>)``.
    package func write(_ text: String) async throws {
        try await write([UInt8](text.utf8))
    }

    /// Flushes the compressor and sends the result.
    func finish() async throws {
        if let deflater {
            try await sink.write(deflater.compress([], flush: .finish))
        }
    }
}

/// The sink of a ``ResponseWriter``.
protocol ResponseSink: Sendable {
    /// Takes bytes; returns when there is room for more.
    func write(_ bytes: [UInt8]) async throws
}

/// The client disconnected, or was disconnected because it read too slowly, before the exchange was over.
package struct ClientDisconnected: Error, CustomStringConvertible {
    package var description: String { "The client has left before the exchange was over." }
}
