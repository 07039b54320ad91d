internal import CGEOS

/// A handle of GEOS, which one task at a time may use.
///
/// GEOS reports errors through its handle. Geometries may be read through any handle.
final class GEOSContext {
    let handle: GEOSContextHandle_t
    private let lastError: UnsafeMutablePointer<ErrorText>

    /// The text of the last error; GEOS calls back with it.
    struct ErrorText {
        var text = ""
    }

    /// Creates a handle.
    init() {
        lastError = .allocate(capacity: 1)
        lastError.initialize(to: ErrorText())
        handle = GEOS_init_r()
        // Safety: the pointer lives as long as the handle, and GEOS calls back on the calling thread only.
        GEOSContext_setErrorMessageHandler_r(
            handle,
            { message, data in
                guard let message, let data else { return }
                data.assumingMemoryBound(to: ErrorText.self).pointee.text = String(cString: message)
            },
            lastError
        )
    }

    deinit {
        GEOS_finish_r(handle)
        lastError.deinitialize(count: 1)
        lastError.deallocate()
    }

    /// The text of the last error that GEOS reported.
    var errorText: String { lastError.pointee.text }
}
