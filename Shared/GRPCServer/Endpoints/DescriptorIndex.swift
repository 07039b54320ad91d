/// The descriptors of a server's files, services and messages, by name.
///
/// It reads only the names from `google.protobuf.FileDescriptorSet`s.
struct DescriptorIndex: Sendable {
    /// One `.proto` file.
    private struct File {
        var name = ""
        var package = ""
        var imports: [String] = []
        var symbols: [String] = []
        var services: [String] = []
        /// The `FileDescriptorProto`.
        var bytes: [UInt8] = []
    }

    /// The full names of all services, in the order of the files.
    private(set) var services: [String] = []
    private var files: [String: File] = [:]
    private var fileOfSymbol: [String: String] = [:]

    /// Reads sets of files, and ignores malformed ones.
    init(_ sets: [[UInt8]]) {
        for set in sets {
            var reader = ProtobufReader(set[...])
            while case (1, .data(let bytes))? = try? reader.next() {
                guard let file = try? Self.file(bytes) else { continue }
                files[file.name] = file
                services += file.services
                for symbol in file.symbols { fileOfSymbol[symbol] = file.name }
            }
        }
    }

    /// The descriptors of a file and of all its imports, the file first; `nil` if it does not exist.
    func descriptors(ofFile name: String) -> [[UInt8]]? {
        guard files[name] != nil else { return nil }
        var pending = [name]
        var seen: Set<String> = []
        var found: [[UInt8]] = []
        while let next = pending.popLast() {
            guard seen.insert(next).inserted, let file = files[next] else { continue }
            found.append(file.bytes)
            pending += file.imports
        }
        return found
    }

    /// The file of a symbol: a service, a method, a message, a field or an enumeration.
    func file(containing symbol: String) -> String? {
        fileOfSymbol[symbol]
    }

    private static func file(_ bytes: ArraySlice<UInt8>) throws(WireError) -> File {
        var file = File()
        file.bytes = Array(bytes)
        var reader = ProtobufReader(bytes)
        var declarations: [(field: Int, ArraySlice<UInt8>)] = []
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, _): file.name = value.text ?? ""
            case (2, _): file.package = value.text ?? ""
            case (3, _): file.imports.append(value.text ?? "")
            case (4...7, .data(let inner)): declarations.append((field, inner))
            default: break
            }
        }
        let scope = file.package.isEmpty ? "" : file.package + "."
        for (field, inner) in declarations {
            switch field {
            case 4: try addMessage(inner, in: scope, to: &file)
            case 6: file.services.append(try addService(inner, in: scope, to: &file))
            default: file.symbols.append(scope + (try name(of: inner)))
            }
        }
        return file
    }

    private static func addMessage(
        _ bytes: ArraySlice<UInt8>,
        in scope: String,
        to file: inout File
    ) throws(WireError) {
        let fullName = scope + (try name(of: bytes))
        file.symbols.append(fullName)
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            guard case .data(let inner) = value else { continue }
            switch field {
            // Fields, enumerations, extensions, oneofs.
            case 2, 4, 6, 8: file.symbols.append("\(fullName).\(try name(of: inner))")
            case 3: try addMessage(inner, in: fullName + ".", to: &file)
            default: break
            }
        }
    }

    private static func addService(
        _ bytes: ArraySlice<UInt8>,
        in scope: String,
        to file: inout File
    ) throws(WireError) -> String {
        let fullName = scope + (try name(of: bytes))
        file.symbols.append(fullName)
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            if field == 2, case .data(let method) = value {
                file.symbols.append("\(fullName).\(try name(of: method))")
            }
        }
        return fullName
    }

    /// Field 1 of every descriptor.
    private static func name(of bytes: ArraySlice<UInt8>) throws(WireError) -> String {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            if field == 1, let text = value.text { return text }
        }
        return ""
    }
}
