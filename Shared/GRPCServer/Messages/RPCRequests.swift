/// The messages that a client streams, one at a time, as fast as they are asked for.
///
/// What is not asked for waits at the client, by HTTP/2's flow control. To be read once, by one task at a time.
package struct RPCRequests<Message: RPCRequestMessage>: AsyncSequence, Sendable {
    package typealias Element = Message

    private let exchange: RPCExchange

    init(_ exchange: RPCExchange) {
        self.exchange = exchange
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(exchange: exchange)
    }

    /// Reads the messages.
    package struct Iterator: AsyncIteratorProtocol {
        let exchange: RPCExchange

        /// The next message; `nil` when the client has sent its last.
        ///
        /// - Throws: ``ServerIsDraining`` when the server wants to stop; an ``RPCError`` if the message is not what was
        ///   expected; `CancellationError` when the call has ended.
        package func next() async throws -> Message? {
            try await exchange.nextMessage()?.decoded()
        }
    }
}

/// The server is about to stop, and a stream should end: what has been taken can still be answered.
package struct ServerIsDraining: RPCErrorConvertible {
    package var rpcError: RPCError {
        RPCError(
            .unavailable,
            "The server is shutting down: go on with another instance.",
            details: [.retry(after: .zero)]
        )
    }
}
