import Foundation
import KafkaTestSupport
import TestSupport

extension Suite.Ground {
    /// Makes a ground out of that of all cases, calls its second argument with it, and takes it away.
    typealias Maker =
        @Sendable (Suite.Ground, (Suite.Ground) async throws -> CaseResult) async throws -> CaseResult

    /// With librdkafka's mock cluster, whose answers can be chosen.
    static let mock: Maker = { ground, body in
        try await body(Self(queue: .kafka, server: ground.server, broker: .mock(MockCluster(brokers: 3))))
    }

    /// With a database of two servers, one of which takes over when the other dies.
    static let replicated: Maker = { ground, body in
        let pair = try await PostgresPair(in: ".build/faults/postgres-\(ground.queue.rawValue)-pair")
        return try await cleaningUp {
            try await body(Self(queue: ground.queue, server: pair.primary, broker: ground.broker, pair: pair))
        } with: {
            await pair.remove()
        }
    }

    /// With a proxy before the broker, if that is ours, which leads whoever comes by it to the proxy again.
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

    /// With little room for what is stored.
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

/// A database and a broker whose data, WAL and topics each have a small file system.
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

    /// Starts them.
    ///
    /// - Throws: ``Obstacle`` if this machine does not let us mount.
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

    /// Ends them, and takes away what they have stored.
    func remove() async {
        await cluster?.remove()
        try? await server?.kill9()
        await SmallDisk.unmount([wal, data, brokerFolder])
        for folder in [folder, brokerFolder] { try? FileManager.default.removeItem(atPath: folder) }
    }

    private var data: String { "\(folder)/data" }
    private var wal: String { "\(data)/pg_wal" }
}
