import Glibc
package import Networking

/// What a server is told: where it listens, and the bound of everything.
package struct RPCServerConfiguration: Sendable {
    /// The address to listen on, an IPv4 or IPv6 literal.
    package var host = "0.0.0.0"
    /// The TCP port; 0 takes any that is free.
    package var port = 0
    /// Threads that read and write sockets; 0 takes one for each core.
    ///
    /// Handlers run on Swift's pool, not on these.
    package var threads = 0
    /// Connections in all; more are closed at once.
    ///
    /// At most an eighth of the descriptors that the process may open: `DescriptorLimit`.
    package var maximumConnections = 4096
    /// Connections from one address.
    ///
    /// A reverse proxy is one address, so the bound is not low.
    package var maximumConnectionsPerAddress = 1024
    /// Calls in progress that take one request message; more are answered `RESOURCE_EXHAUSTED` at once.
    package var maximumCalls = 1024
    /// Calls in progress whose client streams; more are answered `RESOURCE_EXHAUSTED` at once.
    package var maximumStreams = 4096
    /// Calls in progress on one connection; a client waits with more until one has ended.
    package var maximumStreamsPerConnection = 100
    /// What the core may use for messages that come in, in bytes; beyond it, it ends calls with `RESOURCE_EXHAUSTED`.
    package var maximumMemory = 256 << 20
    /// The largest message that is taken, in bytes; a larger one is answered `RESOURCE_EXHAUSTED`.
    package var maximumMessage = 4 << 20
    /// The most initial metadata that is taken, in bytes, as HTTP/2 counts it.
    package var maximumMetadata = 8 << 10
    /// From a call's headers to its answer if it takes one request message; then it is ended with `DEADLINE_EXCEEDED`.
    ///
    /// A client's own deadline is kept all the same.
    package var callTimeout = Duration.seconds(30)
    /// How long a stream's handler waits for the next message; then the call is ended with `DEADLINE_EXCEEDED`.
    package var messageTimeout = Duration.seconds(300)
    /// How long a message may wait for its reader to take it.
    package var writeTimeout = Duration.seconds(30)
    /// How long a connection may stay without a call.
    package var connectionIdleTimeout = Duration.seconds(120)
    /// How long a connection may live, so that clients spread over new instances; calls get ``connectionAgeGrace`` more.
    package var connectionAge = Duration.seconds(1_800)
    /// What calls are given to end when their connection has reached its age.
    package var connectionAgeGrace = Duration.seconds(20)
    /// How often a silent peer is asked whether it is there.
    package var keepaliveTime = Duration.seconds(20)
    /// How long it may take to answer; then the connection is ended.
    package var keepaliveTimeout = Duration.seconds(10)
    /// The shortest time between two pings of a client without data between them; who does not keep it is sent away.
    package var minimumPingInterval = Duration.seconds(10)
    /// Whether reflection lists the services and methods.
    package var offersReflection = false
    /// The peers that speak for their clients: `traceparent` counts from them only.
    package var trustedProxies = AddressRanges.loopback
    /// How long ``RPCServer/stop()`` waits for calls to end.
    package var drainTimeout = Duration.seconds(20)

    /// The defaults.
    package init() {}

    /// Threads to start.
    var threadCount: Int {
        threads > 0 ? threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}
