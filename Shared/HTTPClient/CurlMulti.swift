internal import CLibCurl

/// The transfers in progress of one thread, and the connections that they share.
///
/// Safety: one thread uses it, except for ``wake()``, which libcurl allows from any thread. So it is `@unchecked Sendable`.
final class CurlMulti: @unchecked Sendable {
    private let multi: UnsafeMutableRawPointer

    /// How long the thread sleeps without an event, in milliseconds; a wake-up ends it earlier.
    private static let longestWait: Int32 = 1_000

    /// `nil` if there is no memory for it.
    init?(idleConnections: Int) {
        guard CurlHandle.isReady, let multi = curl_multi_init() else { return nil }
        self.multi = multi
        CLibCurl_keep(multi, idleConnections)
    }

    deinit {
        curl_multi_cleanup(multi)
    }

    /// Starts a prepared transfer; `false` if libcurl refuses it.
    func add(_ handle: PostHandle) -> Bool {
        curl_multi_add_handle(multi, handle.pointer) == CURLM_OK
    }

    /// Ends a transfer, so that its handle can have another one.
    func remove(_ handle: PostHandle) {
        curl_multi_remove_handle(multi, handle.pointer)
    }

    /// Moves the transfers on, and calls `whenDone` with each one that is over.
    func perform(whenDone: (_ handle: UnsafeMutableRawPointer, _ code: CURLcode) -> Void) {
        var (running, left): (Int32, Int32) = (0, 0)
        curl_multi_perform(multi, &running)
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            whenDone(handle, message.pointee.data.result)
        }
    }

    /// Waits for an event of a transfer or for ``wake()``.
    func wait() {
        curl_multi_poll(multi, nil, 0, Self.longestWait, nil)
    }

    /// Ends ``wait()``, also the next one.
    func wake() {
        curl_multi_wakeup(multi)
    }
}

/// A libcurl handle for transfers of ``CurlMulti``.
final class PostHandle {
    let pointer: UnsafeMutableRawPointer

    /// `nil` if there is no memory for it.
    init?(_ limits: PostLoop.Limits) {
        guard CurlHandle.isReady, let handle = curl_easy_init() else { return nil }
        pointer = handle
        let code = PostLoop.userAgent.withCString { userAgent in
            var rules = CLibCurl_PostRules(
                milliseconds: max(Int(limits.timeout / .milliseconds(1)), 1),
                is_http_allowed: limits.allowsHTTP ? 1 : 0,
                user_agent: userAgent,
                take: PostTransfer.take,
                open_socket: PostTransfer.openSocket
            )
            return CLibCurl_setRules(handle, &rules)
        }
        guard code == CURLE_OK else { return nil }
    }

    deinit {
        curl_easy_cleanup(pointer)
    }
}
