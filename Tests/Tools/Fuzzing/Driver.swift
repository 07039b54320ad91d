import Foundation

/// Runs a target with libFuzzer.
///
/// Only `scripts/fuzz` builds it.
@main enum Driver {
    /// The target from the environment.
    ///
    /// An argument would not work: libFuzzer restarts itself with only its own arguments.
    private static let target = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap(FuzzTarget.init(rawValue:))

    static func main() {
        guard target != nil else {
            print("FUZZ_TARGET must be one of: " + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))
            exit(64)
        }
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(
            runFuzzer(&count, &arguments) { start, count in
                do {
                    try Driver.target?.check(Array(UnsafeBufferPointer(start: start, count: count)))
                } catch {
                    FileHandle.standardError.write(Data("\(error)\n".utf8))
                    abort()
                }
                return 0
            }
        )
    }
}

/// libFuzzer's loop, `LLVMFuzzerRunDriver`, which calls back with each input.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: inout CInt,
    _ arguments: inout UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
