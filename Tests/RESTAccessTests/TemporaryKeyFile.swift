import Glibc

/// A file with keys that exists as long as the object.
final class TemporaryKeyFile: Sendable {
    let path: String

    init(_ content: String) {
        var name = Array("/tmp/keys-XXXXXX".utf8CString)
        close(mkstemp(&name))
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        write(content)
    }

    deinit {
        unlink(path)
    }

    func write(_ content: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(content, file)
        fclose(file)
    }
}
