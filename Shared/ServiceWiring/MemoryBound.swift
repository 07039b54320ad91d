package import ServiceRuntime

/// How much memory a process is to stay below; whatever waits or is in progress gets a share of it.
package struct MemoryBound: Sendable {
    /// Bytes in all.
    package let bytes: Int

    /// Takes bytes.
    package init(bytes: Int) {
        self.bytes = bytes
    }

    /// Reads `MEMORY_BOUND`.
    package init(_ reader: inout EnvironmentReader, default bound: Int = 256 << 20) {
        bytes = reader.bytes(
            "MEMORY_BOUND",
            default: bound,
            in: 128 << 20...1 << 40,
            "Memory that the process stays below; what is in progress has a share of it."
        )
    }
}
