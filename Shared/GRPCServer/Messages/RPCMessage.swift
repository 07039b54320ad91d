/// A message from clients.
package protocol RPCRequestMessage: Sendable {
    /// Decodes a message.
    ///
    /// - Parameter bytes: the message, valid during the call only.
    /// - Throws: ``MalformedMessage`` if the bytes are malformed.
    init(protobuf bytes: UnsafeRawBufferPointer) throws
}

/// A message to clients.
package protocol RPCResponseMessage: Sendable {
    /// Appends the encoded message.
    func encode(into bytes: inout [UInt8])
}

/// The bytes are not the expected message.
package struct MalformedMessage: RPCErrorConvertible, Equatable {
    /// The name of the message, a constant of the program.
    package let name: StaticString

    /// An error that names the expected message.
    package init(_ name: StaticString) {
        self.name = name
    }

    package var rpcError: RPCError {
        RPCError(.invalidArgument, "The request is not the \(name) that this method takes.")
    }

    package static func == (left: MalformedMessage, right: MalformedMessage) -> Bool {
        left.name.description == right.name.description
    }
}

extension RPCResponseMessage {
    /// The encoded message.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }
}
