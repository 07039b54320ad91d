/// Sends a stream of messages to a client.
package struct RPCWriter<Message: RPCResponseMessage>: Sendable {
    private let exchange: RPCExchange

    init(_ exchange: RPCExchange) {
        self.exchange = exchange
    }

    /// Sends a message; returns when the client's flow control has accepted it; one at a time.
    ///
    /// - Throws: `CancellationError` if the call has ended.
    package func write(_ message: Message) async throws {
        try await exchange.send(message.encoded)
    }
}
