/// A message that clients send.
package protocol RPCRequestMessage: Sendable {
    /// Reads the wire form.
    ///
    /// - Parameter bytes: the message, only there during the call.
    /// - Throws: ``MalformedMessage`` if it is none.
    init(protobuf bytes: UnsafeRawBufferPointer) throws
}

/// A message that clients get.
package protocol RPCResponseMessage: Sendable {
    /// Appends the wire form.
    func encode(into bytes: inout [UInt8])
}

/// Bytes are not the message that was expected.
package struct MalformedMessage: RPCErrorConvertible, Equatable {
    /// The message's name, of the program and not of the sender.
    package let name: StaticString

    /// Names the message that was expected.
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
    /// The wire form.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }
}
