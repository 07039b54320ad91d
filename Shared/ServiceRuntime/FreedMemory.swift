import CMalloc

/// How the C library treats freed memory.
enum FreedMemory {
    /// How much free memory a heap keeps at its end; a batch of ten thousand locations takes about 4 MiB.
    private static let kept: CInt = 16 << 20
    /// From this size, an allocation is a mapping of its own, which returns to the system when it is freed.
    private static let mapped: CInt = 4 << 20

    /// Keeps freed memory; glibc would return that of each batch to the system, which must clear it for the next one.
    ///
    /// Clearing takes a tenth of the time of a batch. Kept memory was in use before, so the peak of the process stays
    /// the same.
    static func keep() {
        mallopt(M_TRIM_THRESHOLD, kept)
        mallopt(M_MMAP_THRESHOLD, mapped)
    }
}
