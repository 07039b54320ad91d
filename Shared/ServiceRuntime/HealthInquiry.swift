import Glibc

/// Asks the process on this machine whether it is ready, for images without a shell and curl.
///
/// It blocks the calling thread, because the asking process does nothing else.
struct HealthInquiry {
    /// The address to ask; loopback if the process listens on a wildcard address.
    let host: String
    /// The port to ask.
    let port: String
    /// The time-out of connecting and of each read; shorter than that of the prober.
    var patience = Duration.seconds(2)

    /// The address and port by a process's settings; `nil` if it does not serve HTTP.
    init?(_ settings: [Setting]) {
        guard let port = settings.first(where: { $0.key == "HTTP_PORT" })?.valueText else { return nil }
        self.port = port
        host =
            switch settings.first(where: { $0.key == "HTTP_HOST" })?.valueText ?? "" {
            case "", "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            case let address: address
            }
    }

    /// Gets `/readyz`.
    ///
    /// - Returns: the status and the content; `nil` without an answer in time.
    func ask() -> (isReady: Bool, answer: String)? {
        guard let socket = connect() else { return nil }
        defer { close(socket) }
        let request = Array("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(socket, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else { return nil }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while received.count < 65_536 {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            received += buffer[..<count]
        }
        let answer = String(decoding: received, as: UTF8.self)
        guard answer.hasPrefix("HTTP/1.1 ") else { return nil }
        let body = answer.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first ?? ""
        return (answer.hasPrefix("HTTP/1.1 200 "), String(body))
    }

    private func connect() -> CInt? {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var addresses: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &addresses) == 0 else { return nil }
        defer { freeaddrinfo(addresses) }
        var next = addresses
        while let address = next?.pointee {
            let socket = Glibc.socket(address.ai_family, address.ai_socktype, address.ai_protocol)
            if socket >= 0 {
                // Linux applies the time-out of sending to connecting as well.
                var bound = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
                for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
                    setsockopt(socket, SOL_SOCKET, option, &bound, socklen_t(MemoryLayout<timeval>.size))
                }
                if Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return socket }
                close(socket)
            }
            next = address.ai_next
        }
        return nil
    }
}
