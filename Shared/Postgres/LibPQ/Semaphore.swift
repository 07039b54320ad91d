import Glibc

/// A counting semaphore for our own threads.
///
// Safety: `sem_t` may be used from several threads; the pointer never changes and is freed with the last reference.
final class Semaphore: @unchecked Sendable {
    private let pointer: UnsafeMutablePointer<sem_t>

    init() {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: sem_t())
        sem_init(pointer, 0, 0)
    }

    deinit {
        sem_destroy(pointer)
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    func signal() {
        sem_post(pointer)
    }

    /// Blocks the calling thread; never call it on Swift's cooperative pool.
    func wait() {
        while sem_wait(pointer) != 0 && errno == EINTR {}
    }
}
