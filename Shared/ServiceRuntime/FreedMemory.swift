import CMalloc

/// What the C library does with memory that has been freed.
enum FreedMemory {
    /// Free memory at the end of a heap that is kept; a batch of ten thousand locations takes about 4 MiB.
    private static let kept: CInt = 16 << 20
    /// From so many bytes on, an allocation is a mapping of its own, which is given back when it is freed.
    private static let mapped: CInt = 4 << 20

    /// Keeps some, where glibc would give each batch's back to the system, which has to clear it for the next.
    ///
    /// That is a tenth of the time that batches take. What is kept was in use before: the most that a process ever takes
    /// stays what it is.
    static func keep() {
        mallopt(M_TRIM_THRESHOLD, kept)
        mallopt(M_MMAP_THRESHOLD, mapped)
    }
}
