package import HTTPServer
internal import Networking
package import ServiceRuntime

extension HTTPServerConfiguration {
    /// Reads the HTTP server's settings.
    package init(_ reader: inout EnvironmentReader) {
        self.init()
        host = reader.string("HTTP_HOST", default: "0.0.0.0", "Address to listen on.")
        port = reader.integer(
            "HTTP_PORT",
            default: 5000,
            in: 0...65_535,
            "TCP port to listen on; 0 chooses a free one."
        )
        adminPort = reader.optionalInteger(
            "ADMIN_PORT",
            in: 0...65_535,
            "TCP port for /metrics and the probes; without it, HTTP_PORT serves /metrics to clients on this machine only."
        )
        threads = reader.integer(
            "HTTP_THREADS",
            default: 0,
            in: 0...256,
            "Threads for socket I/O; 0 means one per core."
        )
        maximumConnections = reader.integer(
            "HTTP_MAX_CONNECTIONS",
            default: maximumConnections,
            in: 1...1_000_000,
            "Maximum number of connections; further ones wait in the kernel."
        )
        maximumConnectionsPerAddress = reader.integer(
            "HTTP_MAX_CONNECTIONS_PER_ADDRESS",
            default: maximumConnectionsPerAddress,
            in: 1...1_000_000,
            "Maximum number of connections per client address; a reverse proxy is one address."
        )
        maximumRequestsInFlight = reader.integer(
            "HTTP_MAX_REQUESTS",
            default: maximumRequestsInFlight,
            in: 1...1_000_000,
            "Maximum number of requests in progress; further ones are answered 503 at once."
        )
        let proxies = reader.string(
            "TRUSTED_PROXIES",
            default: "127.0.0.0/8,::1",
            "Proxies whose X-Forwarded-For, X-Request-Id and traceparent are trusted: \(AddressRanges.expectation)."
        )
        trustedProxies = AddressRanges(proxies) ?? .loopback
        reader.require(
            AddressRanges(proxies) != nil,
            key: "TRUSTED_PROXIES",
            "TRUSTED_PROXIES is \"\(proxies)\", but must be \(AddressRanges.expectation)."
        )
        let origins = reader.optionalString(
            "CORS_ORIGIN",
            "Origins whose pages may read answers and send changes: \(AllowedOrigins.expectation)."
        )
        allowedOrigins = origins.flatMap { AllowedOrigins($0) } ?? .own
        reader.require(
            origins.map { AllowedOrigins($0) != nil } ?? true,
            key: "CORS_ORIGIN",
            "CORS_ORIGIN is \"\(origins ?? "")\", but must be \(AllowedOrigins.expectation)."
        )
    }
}
