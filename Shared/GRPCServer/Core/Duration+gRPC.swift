import Networking

extension Duration {
    /// The time-out for the core.
    var milliseconds: Int32 {
        Int32(clamping: nanoseconds / 1_000_000)
    }
}
