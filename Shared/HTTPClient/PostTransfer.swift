internal import CLibCurl
internal import Glibc
internal import Networking

/// One request of ``PostLoop``, from its arrival to its answer.
///
/// Safety: the task that creates it hands it to the loop's thread, which alone uses it from then on. So it is
/// `@unchecked Sendable`.
final class PostTransfer: @unchecked Sendable {
    private let post: PostLoop.Post
    private let limits: PostLoop.Limits
    private let whenDone: @Sendable (PostLoop.Outcome) -> Void
    private var handle: PostHandle?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var receivedBytes = 0
    private var isTooLong = false
    private var isForbidden = false

    init(
        _ post: PostLoop.Post,
        _ limits: PostLoop.Limits,
        whenDone: @escaping @Sendable (PostLoop.Outcome) -> Void
    ) {
        (self.post, self.limits, self.whenDone) = (post, limits, whenDone)
    }

    deinit {
        curl_slist_free_all(headers)
    }

    /// Prepares a handle; `false` if there is no memory for it.
    func begin(_ handle: PostHandle) -> Bool {
        for (name, value) in post.headers {
            guard let longer = curl_slist_append(headers, "\(name): \(value)") else { return false }
            headers = longer
        }
        self.handle = handle
        // Safety: the loop keeps this object until the transfer is over, hence the handle needs no reference of its own.
        let context = Unmanaged.passUnretained(self).toOpaque()
        let code = post.url.withCString { url in
            post.body.withUnsafeBytes { bytes in
                var request = CLibCurl_Post(
                    url: url,
                    body: bytes.baseAddress,
                    length: bytes.count,
                    headers: headers,
                    context: context
                )
                return CLibCurl_prepare(handle.pointer, &request)
            }
        }
        return code == CURLE_OK
    }

    /// Reports the answer, and returns the handle for another transfer.
    func finish(_ code: CURLcode, _ multi: CurlMulti) -> PostHandle? {
        guard let handle else { return nil }
        var (status, retryAfter): (Int, curl_off_t) = (0, 0)
        CLibCurl_outcome(handle.pointer, &status, &retryAfter)
        multi.remove(handle)
        if code == CURLE_OK || isTooLong {
            whenDone(.success(PostLoop.Answer(status: status, retryAfter: max(Int(retryAfter), 0))))
        } else if isForbidden {
            end(HTTPClientError(.forbiddenAddress))
        } else {
            let isLate = code == CURLE_OPERATION_TIMEDOUT
            end(HTTPClientError(isLate ? .timedOut : .failed, curlCode: code.rawValue))
        }
        return handle
    }

    /// Reports a failure.
    func end(_ error: HTTPClientError) {
        whenDone(.failure(error))
    }

    /// Counts a part of the content; accepting less than there is ends the transfer.
    static let take: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int =
        { _, size, count, context in
            guard let context else { return 0 }
            // Safety: see `begin`.
            let transfer = Unmanaged<PostTransfer>.fromOpaque(context).takeUnretainedValue()
            transfer.receivedBytes += size * count
            transfer.isTooLong = transfer.receivedBytes > transfer.limits.maximumBytes
            return transfer.isTooLong ? 0 : size * count
        }

    /// Opens a socket unless the address is forbidden; libcurl connects it to exactly this address.
    static let openSocket:
        @convention(c) (UnsafeMutableRawPointer?, curlsocktype, UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t =
            { context, _, address in
                guard let context, let address, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else {
                    return -1
                }
                // Safety: see `begin`. libcurl's address is as long as its family's, although its type is shorter.
                let transfer = Unmanaged<PostTransfer>.fromOpaque(context).takeUnretainedValue()
                let bytes = UnsafeRawPointer(address).advanced(by: offset).assumingMemoryBound(to: sockaddr.self)
                guard let peer = SocketAddress(bytes), !transfer.limits.forbidden.contains(peer.host) else {
                    transfer.isForbidden = true
                    return -1
                }
                let (family, kind) = (address.pointee.family, address.pointee.socktype)
                return socket(family, kind | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
            }
}
