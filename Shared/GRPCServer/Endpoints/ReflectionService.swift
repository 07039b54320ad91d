/// `grpc.reflection.v1.ServerReflection`, also under its former name `v1alpha`: the server's API, for tools.
struct ReflectionService: Sendable {
    private let index: DescriptorIndex

    /// - Parameter index: the descriptors.
    init(_ index: DescriptorIndex) {
        self.index = index
    }

    /// Adds the methods to a router.
    func register(in router: inout RPCRouter) {
        for version in ["v1", "v1alpha"] {
            router.bidirectional("/grpc.reflection.\(version).ServerReflection/ServerReflectionInfo") {
                (requests: RPCRequests<ReflectionRequest>, responses: RPCWriter<ReflectionResponse>, _) in
                for try await request in requests {
                    try await responses.write(ReflectionResponse(request: request, answer: answer(request.question)))
                }
            }
        }
    }

    private func answer(_ question: ReflectionRequest.Question) -> ReflectionResponse.Answer {
        switch question {
        case .file(let name):
            guard let files = index.descriptors(ofFile: name) else { return .notFound("There is no such file.") }
            return .files(files)
        case .symbol(let name):
            guard let files = index.file(containing: name).flatMap({ index.descriptors(ofFile: $0) }) else {
                return .notFound("There is no such symbol.")
            }
            return .files(files)
        case .fileOfExtension:
            return .notFound("There are no extensions.")
        case .extensions(let type):
            guard index.file(containing: type) != nil else { return .notFound("There is no such message.") }
            return .noExtensions(of: type)
        case .services:
            return .services(index.services)
        case .unknown:
            return .invalid("The request has no question that this server can answer.")
        }
    }
}

/// `ServerReflectionRequest`.
private struct ReflectionRequest: RPCRequestMessage {
    enum Question {
        case file(String)
        case symbol(String)
        case fileOfExtension
        case extensions(String)
        case services
        case unknown
    }

    var host = ""
    var question = Question.unknown
    let bytes: [UInt8]

    init(protobuf bytes: UnsafeRawBufferPointer) throws {
        self.bytes = Array(bytes)
        var reader = ProtobufReader(self.bytes[...])
        do {
            while let (field, value) = try reader.next() {
                switch field {
                case 1: host = value.text ?? ""
                case 3: question = .file(value.text ?? "")
                case 4: question = .symbol(value.text ?? "")
                case 5: question = .fileOfExtension
                case 6: question = .extensions(value.text ?? "")
                case 7: question = .services
                default: break
                }
            }
        } catch {
            throw MalformedMessage("ServerReflectionRequest")
        }
    }
}

/// `ServerReflectionResponse`.
private struct ReflectionResponse: RPCResponseMessage {
    enum Answer {
        case files([[UInt8]])
        case noExtensions(of: String)
        case services([String])
        case notFound(String)
        case invalid(String)
    }

    let request: ReflectionRequest
    let answer: Answer

    func encode(into bytes: inout [UInt8]) {
        var writer = ProtobufWriter()
        writer.string(1, request.host)
        writer.data(2, request.bytes)
        switch answer {
        case .files(let files):
            writer.message(4) { response in
                for file in files { response.data(1, file) }
            }
        case .noExtensions(let type):
            writer.message(5) { $0.string(1, type) }
        case .services(let names):
            writer.message(6) { response in
                for name in names { response.message(1) { $0.string(1, name) } }
            }
        case .notFound(let sentence): writer.error(.notFound, sentence)
        case .invalid(let sentence): writer.error(.invalidArgument, sentence)
        }
        bytes = writer.bytes
    }
}

extension ProtobufWriter {
    /// `ErrorResponse`.
    fileprivate mutating func error(_ code: RPCError.Code, _ sentence: String) {
        message(7) { error in
            error.varint(1, Int64(code.rawValue))
            error.string(2, sentence)
        }
    }
}
