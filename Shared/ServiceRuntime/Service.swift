package import Observability

/// Something that lives as long as the process: a pool, a consumer, a server.
package struct Service: Sendable {
    /// The name for logs: "database pool".
    package let name: String
    /// Makes it ready; the next service starts when this returns.
    ///
    /// Cancelled if the process is to stop meanwhile. What a failed start has taken it must give back itself: ``stop``
    /// is not called then.
    package let start: @Sendable () async throws -> Void
    /// What it does between start and stop, if anything.
    ///
    /// When it returns or throws, the whole process stops. It is expected to return when ``stop`` was called, and is
    /// cancelled when ``stop`` has returned.
    package let run: (@Sendable () async throws -> Void)?
    /// Stops intake, finishes what was accepted, and closes.
    ///
    /// Called once, after everything that started later has stopped.
    package let stop: @Sendable () async -> Void

    /// Describes a service.
    ///
    /// - Parameters:
    ///   - name: the name for logs.
    ///   - start: makes it ready.
    ///   - run: what it does until it is stopped.
    ///   - stop: finishes and closes.
    package init(
        name: String,
        start: @escaping @Sendable () async throws -> Void = {},
        run: (@Sendable () async throws -> Void)? = nil,
        stop: @escaping @Sendable () async -> Void = {}
    ) {
        self.name = name
        self.start = start
        self.run = run
        self.stop = stop
    }
}

extension Service {
    /// Services that start one after the other and stop at the same time, such as several servers: each may take the
    /// whole time that there is.
    ///
    /// - Parameters:
    ///   - name: the name for logs.
    ///   - services: in the order of starting.
    /// - Returns: one service that stands for all of them.
    package static func together(_ name: String, _ services: [Service]) -> Service {
        let runs = services.compactMap(\.run)
        var run: (@Sendable () async throws -> Void)?
        if !runs.isEmpty { run = { try await firstToEnd(of: runs) } }
        return Service(name: name, start: { try await start(services) }, run: run, stop: { await stop(services[...]) })
    }

    private static func start(_ services: [Service]) async throws {
        for (index, service) in services.enumerated() {
            do {
                try await service.start()
            } catch {
                await stop(services[..<index])
                throw error
            }
        }
    }

    private static func firstToEnd(of runs: [@Sendable () async throws -> Void]) async throws {
        try await withThrowingTaskGroup { group in
            for run in runs { group.addTask { try await run() } }
            try await group.next()
            group.cancelAll()
        }
    }

    private static func stop(_ services: ArraySlice<Service>) async {
        await withDiscardingTaskGroup { group in
            for service in services { group.addTask { await service.stop() } }
        }
    }
}

/// A service that did not start, or whose run threw.
package struct ServiceFailure: LoggableError, CustomStringConvertible {
    /// What the service was doing.
    package enum Phase: String, Sendable {
        case start
        case run
    }

    /// The service's name.
    package let service: String
    /// What it was doing.
    package let phase: Phase
    /// What it threw.
    package let cause: any Error

    package var description: String {
        "The \(service) failed in its \(phase.rawValue): \(cause)"
    }

    package var logMetadata: LogMetadata {
        let metadata: LogMetadata = [
            .component: .string(service), .reason: .string(phase.rawValue),
            .errorType: .string(String(describing: type(of: cause))),
        ]
        return metadata.merging((cause as? any LoggableError)?.logMetadata ?? [:])
    }
}
