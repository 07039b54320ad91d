import Foundation
import Testing

/// What the fuzzer found worth keeping, and what it once found wrong, in `Corpus/<target>`; `scripts/fuzz` looks for more.
@Suite struct CorpusTests {
    @Test(arguments: FuzzTarget.allCases)
    func everyInputIsTakenOrRefused(target: FuzzTarget) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus/\(target.rawValue)")
        let inputs = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(inputs.count >= 5)
        for input in inputs {
            let bytes = Array(try Data(contentsOf: input))
            #expect(throws: Never.self, "\(input.lastPathComponent)") { try target.check(bytes) }
        }
    }
}
