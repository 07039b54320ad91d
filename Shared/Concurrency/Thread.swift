internal import Glibc

/// Starts a detached thread that runs `body` once.
///
/// - Parameters:
///   - stackSize: the address space for its stack, in bytes; reserved, not used.
///   - body: the work.
/// - Returns: whether the system had another thread.
@discardableResult
package func startThread(stackSize: Int = 8 << 20, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackSize)
    var thread = pthread_t()
    // Safety: the new thread takes ownership of the one reference that it gets here.
    let argument = Unmanaged.passRetained(ThreadStart(body)).toOpaque()
    guard pthread_create(&thread, &attributes, runThread, argument) == 0 else {
        Unmanaged<ThreadStart>.fromOpaque(argument).release()
        return false
    }
    return true
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument {
        Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
    }
    return nil
}
