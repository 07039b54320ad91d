import GRPCServer
import LocationProtocol
import Models

/// The request of `/LocationService/Create`.
struct CreateRequest: RPCRequestMessage {
    let location: ReferenceLocation
    /// The answer echoes the request.
    let bytes: [UInt8]

    init(protobuf bytes: UnsafeRawBufferPointer) throws {
        guard let location = ReferenceLocation(bytes) else { throw MalformedMessage("LocationMessage") }
        self.location = location
        self.bytes = Array(bytes)
    }
}

/// The echo of the request.
struct CreateResponse: RPCResponseMessage {
    let echo: [UInt8]

    func encode(into bytes: inout [UInt8]) {
        bytes = echo
    }
}

struct ReportRequest: RPCRequestMessage {
    let message: ReportMessage

    init(protobuf bytes: UnsafeRawBufferPointer) throws {
        message = try ReportMessage(.one, bytes, named: "ReportRequest")
    }
}

struct ReportResponse: RPCResponseMessage {
    let id: LocationID

    func encode(into bytes: inout [UInt8]) {
        var writer = ProtobufWriter()
        writer.varint(1, id.rawValue)
        bytes = writer.bytes
    }
}

struct ReportBatchRequest: RPCRequestMessage {
    let message: ReportMessage

    init(protobuf bytes: UnsafeRawBufferPointer) throws {
        message = try ReportMessage(.batch, bytes, named: "ReportBatchRequest")
    }
}

struct ReportBatchResponse: RPCResponseMessage {
    /// The number of locations; their positions count from 1.
    let count: Int
    /// The numbers of the accepted locations.
    let ids: [LocationID]
    /// The rejected locations.
    let rejections: [CheckedLocations.Rejection]

    func encode(into bytes: inout [UInt8]) {
        var writer = ProtobufWriter()
        var ids = ids.makeIterator()
        var rejections = rejections[...]
        for position in 1...max(1, Int64(count)) where count > 0 {
            writer.message(1) { verdict in
                if let rejection = rejections.first, rejection.position == position {
                    rejections.removeFirst()
                    verdict.violations(2, rejection.errors)
                } else if let id = ids.next() {
                    verdict.varint(1, id.rawValue)
                }
            }
        }
        bytes = writer.bytes
    }
}

struct ReportStreamRequest: RPCRequestMessage {
    let message: ReportMessage

    init(protobuf bytes: UnsafeRawBufferPointer) throws {
        message = try ReportMessage(.stream, bytes, named: "ReportStreamRequest")
    }

    /// Checks the locations.
    ///
    /// - Parameters:
    ///   - next: the smallest allowed position; afterwards that of the next message.
    ///   - now: this machine's time.
    /// - Returns: the locations with their positions.
    /// - Throws: an error that ends the stream, if positions decrease or there are too many locations.
    func checked(after next: inout Int64, now: Timestamp) throws(RPCError) -> CheckedLocations {
        let position = message.position == 0 ? next : message.position
        guard position >= next, position < Int64.max - Int64(CheckedLocations.maximumCount) else {
            throw FieldErrors("position", "Must be greater than the positions that were sent before.").rpcError(in: "")
        }
        var batch = CheckedLocations()
        try batch.add(message.locations, position: position, now: now)
        next = max(next, position + Int64(message.locations.count))
        return batch
    }
}

struct ReportStreamResponse: RPCResponseMessage {
    /// All locations up to this position are processed.
    let acknowledged: Int64
    /// The rejected locations.
    let rejections: [CheckedLocations.Rejection]

    func encode(into bytes: inout [UInt8]) {
        var writer = ProtobufWriter()
        writer.varint(1, acknowledged)
        for rejection in rejections {
            writer.message(2) { message in
                message.varint(1, rejection.position)
                message.violations(2, rejection.errors)
            }
        }
        bytes = writer.bytes
    }
}

extension ReportMessage {
    /// Decodes a message with this name.
    fileprivate init(_ form: Form, _ bytes: UnsafeRawBufferPointer, named name: StaticString) throws {
        do {
            self = try ReportMessage(form, bytes)
        } catch {
            switch error {
            case .malformed: throw MalformedMessage(name)
            case .tooLarge: throw CheckedLocations.tooMany
            }
        }
    }
}

extension ProtobufWriter {
    /// Writes `FieldViolation`s.
    fileprivate mutating func violations(_ field: Int, _ errors: FieldErrors) {
        for entry in errors.entries {
            message(field) { violation in
                violation.string(1, entry.wireName)
                violation.string(2, entry.message)
            }
        }
    }
}
