import Foundation
import KafkaTestSupport
import TestSupport

extension Suite.Ground {
    /// Creates an environment from the shared one, passes it to the second argument, and removes it.
    typealias Maker =
        @Sendable (Suite.Ground, (Suite.Ground) async throws -> CaseResult) async throws -> CaseResult

    /// An environment with librdkafka's mock cluster, whose answers can be chosen.
    static let mock: Maker = { ground, body in
        try await body(Self(queue: .kafka, server: ground.server, broker: .mock(MockCluster(brokers: 3))))
    }

    /// An environment with a primary database server and a standby.
    static let replicated: Maker = { ground, body in
        let pair = try await PostgresPair(in: ".build/faults/postgres-\(ground.queue.rawValue)-pair")
        return try await cleaningUp {
            try await body(Self(queue: ground.queue, server: pair.primary, broker: ground.broker, pair: pair))
        } with: {
            await pair.remove()
        }
    }

    /// An environment with a proxy in front of our own broker; the broker advertises the proxy's address.
    static let proxied: Maker = { ground, body in
        guard ground.broker?.isOurs == true else { return try await body(ground) }
        let port = try FreePort.find()
        let proxy = try TCPProxy(to: port)
        let cluster = try await KafkaCluster(brokers: 1, proxied: (port, proxy.port))
        return try await cleaningUp {
            try await cluster.configuration.waitUntilAnswering()
            var proxied = Self(queue: .kafka, server: ground.server, broker: .apache(cluster))
            proxied.brokerProxy = proxy
            return try await body(proxied)
        } with: {
            proxy.stop()
            await cluster.remove()
        }
    }

    /// An environment with small disks.
    static let cramped: Maker = { ground, body in
        let servers = CrampedServers(of: ground)
        return try await cleaningUp {
            try await body(try await servers.start())
        } with: {
            await servers.remove()
        }
    }

    private static func cleaningUp(
        _ body: () async throws -> CaseResult,
        with cleanUp: () async -> Void
    ) async throws -> CaseResult {
        let outcome: Result<CaseResult, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        await cleanUp()
        return try outcome.get()
    }
}

/// A database and a broker, with a small file system each for data, WAL and topics.
private actor CrampedServers {
    private let ground: Suite.Ground
    private let folder: String
    private let brokerFolder: String
    private var server: PostgresServer?
    private var cluster: KafkaCluster?
    private var disks: [SmallDisk.Content: SmallDisk] = [:]

    init(of ground: Suite.Ground) {
        self.ground = ground
        folder = ".build/faults/postgres-\(ground.queue.rawValue)-cramped"
        brokerFolder = ".build/faults/\(ground.queue.rawValue)-cramped"
    }

    /// Starts the servers.
    ///
    /// - Throws: ``Obstacle`` if this machine does not permit mounting.
    func start() async throws -> Suite.Ground {
        await SmallDisk.unmount([wal, data, brokerFolder])
        _ = try TestCluster.run("stop", folder)
        for folder in [folder, brokerFolder] { try? FileManager.default.removeItem(atPath: folder) }
        let server = try PostgresServer(in: folder, ["--config", "max_wal_size=64MB", "--config", "min_wal_size=32MB"])
        self.server = server
        try await server.stop()
        disks[.data] = try await SmallDisk(under: data, mebibytes: 384)
        disks[.log] = try await SmallDisk(under: wal, mebibytes: 160)
        try server.start()
        guard ground.broker?.isOurs == true else {
            return Suite.Ground(queue: ground.queue, server: server, broker: ground.broker, disks: disks)
        }
        try FileManager.default.createDirectory(atPath: brokerFolder, withIntermediateDirectories: true)
        disks[.broker] = try await SmallDisk(under: brokerFolder, mebibytes: 256)
        let folder = URL(filePath: brokerFolder).absoluteURL
        let cluster = try await KafkaCluster(brokers: 1, in: folder)
        self.cluster = cluster
        try await cluster.configuration.waitUntilAnswering()
        return Suite.Ground(queue: ground.queue, server: server, broker: .apache(cluster), disks: disks)
    }

    /// Ends the servers, and deletes their files.
    func remove() async {
        await cluster?.remove()
        try? await server?.kill9()
        await SmallDisk.unmount([wal, data, brokerFolder])
        for folder in [folder, brokerFolder] { try? FileManager.default.removeItem(atPath: folder) }
    }

    private var data: String { "\(folder)/data" }
    private var wal: String { "\(data)/pg_wal" }
}
