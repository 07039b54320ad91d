import Glibc
import Persistence

/// Heads of the audit in a file, such as a log.
enum AuditHeadFile {
    /// Reads a file line by line.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - visit: receives each head.
    /// - Throws: ``CommandFailure`` if the file cannot be read.
    static func forEachHead(in path: String, _ visit: (AuditHead) -> Void) throws(CommandFailure) {
        guard let file = fopen(path, "r") else { throw CommandFailure("The file \(path) cannot be read.") }
        defer { fclose(file) }
        var (line, capacity) = (UnsafeMutablePointer<CChar>?.none, 0)
        defer { free(line) }
        // Safety: getline allocates the line, gives its length, and ends it with a zero byte.
        while getline(&line, &capacity, file) >= 0 {
            if let line, let head = AuditHead(in: String(cString: line)) { visit(head) }
        }
        guard ferror(file) == 0 else { throw CommandFailure("The file \(path) cannot be read.") }
    }
}
