import Networking

extension Duration {
    /// As the core takes times.
    var milliseconds: Int32 {
        Int32(clamping: nanoseconds / 1_000_000)
    }
}
