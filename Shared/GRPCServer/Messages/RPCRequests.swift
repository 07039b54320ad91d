/// The messages that a client streams, one at a time, at the reader's pace.
///
/// Unread messages wait at the client, by HTTP/2's flow control. Read them once, in one task at a time.
package struct RPCRequests<Message: RPCRequestMessage>: AsyncSequence, Sendable {
    package typealias Element = Message

    private let exchange: RPCExchange

    init(_ exchange: RPCExchange) {
        self.exchange = exchange
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(exchange: exchange)
    }

    /// Iterates over the messages.
    package struct Iterator: AsyncIteratorProtocol {
        let exchange: RPCExchange

        /// The next message; `nil` when the client has sent its last.
        ///
        /// - Throws: ``ServerIsDraining`` if the server is stopping; an ``RPCError`` if the message is not as expected;
        ///   `CancellationError` if the call has ended.
        package func next() async throws -> Message? {
            try await exchange.nextMessage()?.decoded()
        }
    }
}

/// The server is stopping, and the stream should end; accepted messages can still be answered.
package struct ServerIsDraining: RPCErrorConvertible {
    package var rpcError: RPCError {
        RPCError(
            .unavailable,
            "The server is shutting down: go on with another instance.",
            details: [.retry(after: .zero)]
        )
    }
}
