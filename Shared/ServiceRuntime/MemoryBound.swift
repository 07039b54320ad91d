/// The maximum memory of a process; queues and work in progress get shares of it.
package struct MemoryBound: Sendable {
    /// Bytes in all.
    package let bytes: Int

    package init(bytes: Int) {
        self.bytes = bytes
    }

    /// Reads `MEMORY_BOUND`.
    package init(_ reader: inout EnvironmentReader, default bound: Int = 256 << 20) {
        bytes = reader.bytes(
            "MEMORY_BOUND",
            default: bound,
            in: 128 << 20...1 << 40,
            "Maximum memory of the process; work in progress has a share of it."
        )
    }
}
