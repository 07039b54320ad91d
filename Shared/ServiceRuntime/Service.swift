package import Observability

/// A part of the process that lives as long as the process: a pool, a consumer, a server.
package struct Service: Sendable {
    /// The name for logs: "database pool".
    package let name: String
    /// Starts the service; the next one starts when this returns.
    ///
    /// It is cancelled if the process stops meanwhile. A failed start must release what it has acquired, because
    /// ``stop`` is then not called.
    package let start: @Sendable () async throws -> Void
    /// The work between start and stop, if any.
    ///
    /// If it returns or throws, the whole process stops. It should return after ``stop`` was called, and is cancelled
    /// after ``stop`` has returned.
    package let run: (@Sendable () async throws -> Void)?
    /// Stops accepting work, finishes accepted work, and closes.
    ///
    /// It is called once, after all services that started later have stopped.
    package let stop: @Sendable () async -> Void

    /// A service with its phases.
    ///
    /// - Parameters:
    ///   - name: the name for logs.
    ///   - start: starts the service.
    ///   - run: the work until it is stopped.
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
    /// Services that start in order and stop concurrently, such as several servers, so that each has the whole time.
    ///
    /// - Parameters:
    ///   - name: the name for logs.
    ///   - services: the services in the order of their start.
    /// - Returns: one service that combines them.
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

/// The failure of a service to start, or of its run.
package struct ServiceFailure: LoggableError, CustomStringConvertible {
    /// The phase of a service.
    package enum Phase: String, Sendable {
        case start
        case run
    }

    /// The service's name.
    package let service: String
    /// The phase.
    package let phase: Phase
    /// The error that it threw.
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
