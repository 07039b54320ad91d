import Foundation

/// Hands libFuzzer one of the targets; only built by `scripts/fuzz`.
@main enum Driver {
    /// The target that the environment names.
    ///
    /// An argument would not do: libFuzzer starts itself again with the arguments that it knows.
    private static let target = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap(FuzzTarget.init(rawValue:))

    static func main() {
        guard target != nil else {
            print("FUZZ_TARGET is to be one of: " + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))
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

/// libFuzzer's own loop, `LLVMFuzzerRunDriver`, which calls back with one input after the other.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: inout CInt,
    _ arguments: inout UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
