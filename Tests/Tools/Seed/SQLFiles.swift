import Foundation

/// The SQL files at some paths: files, and all `.sql` files in folders.
enum SQLFiles {
    /// Lists the files, those of a folder in the order of their names.
    ///
    /// - Throws: ``SeedError`` for a folder without any.
    static func list(_ paths: [String]) throws(SeedError) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder = ObjCBool(false)
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                files.append(path)
                continue
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            let found = names.filter { $0.hasSuffix(".sql") || $0.hasSuffix(".sql.gz") }.sorted()
            guard !found.isEmpty else { throw SeedError("There is no .sql file in ‘\(path)’.") }
            files += found.map { "\(path)/\($0)" }
        }
        return files
    }
}
