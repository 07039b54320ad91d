import Foundation
import Testing

/// Interesting inputs and former failures in `Corpus/<target>`, found by `scripts/fuzz`.
@Suite struct CorpusTests {
    @Test(arguments: FuzzTarget.allCases)
    func acceptsOrRejectsEveryInput(target: FuzzTarget) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus/\(target.rawValue)")
        let inputs = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(inputs.count >= 5)
        for input in inputs {
            let bytes = Array(try Data(contentsOf: input))
            #expect(throws: Never.self, "\(input.lastPathComponent)") { try target.check(bytes) }
        }
    }
}
