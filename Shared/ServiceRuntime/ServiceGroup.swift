package import Observability

/// Runs the services of a process: starts them in order and stops them in reverse.
///
/// Each service can rely on the earlier ones from its start to the end of its stop. The group stops if the process
/// receives SIGTERM or SIGINT, if a service's run returns or throws, if a start fails, or if the task is cancelled
/// (then `stop` closures run in a cancelled task). A second signal ends the process at once, and so does the deadline:
/// the log names the hanging service, and the process ends with a failure status.
package struct ServiceGroup: Sendable {
    private let services: [Service]
    private let shutdownDeadline: Duration
    private let health: Health?
    private let logger: Logger
    private let process: ProcessControl

    /// A group of services.
    ///
    /// - Parameters:
    ///   - logger: logs what starts, stops and hangs.
    ///   - services: the services in the order of their start.
    ///   - shutdownDeadline: how long stopping may take in total; shorter than the supervisor's time-out, 30 s in
    ///     Kubernetes.
    ///   - health: becomes not ready as soon as stopping begins.
    package init(
        logger: Logger,
        services: [Service],
        shutdownDeadline: Duration = .seconds(25),
        health: Health? = nil
    ) {
        self.init(
            logger: logger,
            services: services,
            shutdownDeadline: shutdownDeadline,
            health: health,
            process: .live
        )
    }

    init(
        logger: Logger,
        services: [Service],
        shutdownDeadline: Duration,
        health: Health?,
        process: ProcessControl
    ) {
        self.services = services
        self.shutdownDeadline = shutdownDeadline
        self.health = health
        self.logger = logger
        self.process = process
    }

    /// Starts, runs and stops the services.
    ///
    /// Returns after all have stopped because of a signal, a cancellation or the end of a run.
    ///
    /// - Throws: a ``ServiceFailure`` if a start or a run failed; by then all services have stopped.
    package func run() async throws {
        let shutdown = Shutdown()
        let stopListening = process.onSignal { signal in receive(signal, shutdown) }
        defer { stopListening() }
        await withTaskCancellationHandler {
            await bringUp(services[...], shutdown)
        } onCancel: {
            begin(shutdown, because: .cancelled)
        }
        if let failure = shutdown.finish() { throw failure }
        logger.info("All services have stopped")
    }

    /// Starts the first service, runs the others within its scope, and then stops it.
    private func bringUp(_ services: ArraySlice<Service>, _ shutdown: Shutdown) async {
        guard let service = services.first else {
            logger.info("All services have started")
            return await shutdown.wait()
        }
        guard await start(service, shutdown) else { return }
        await withDiscardingTaskGroup { group in
            if let run = service.run {
                group.addTask { await supervise(service.name, run, shutdown) }
            }
            await bringUp(services.dropFirst(), shutdown)
            shutdown.isWaiting(for: service.name)
            // A cancelled task could not wait for it.
            await Task { await service.stop() }.value
            group.cancelAll()
        }
        logger.info("A service has stopped", [.component: .string(service.name)])
    }

    /// Starts a service, or gives up if the group stops; returns whether it has started.
    private func start(_ service: Service, _ shutdown: Shutdown) async -> Bool {
        guard !shutdown.hasBegun else { return false }
        shutdown.isWaiting(for: service.name)
        let began = ContinuousClock.now
        let outcome = await withTaskGroup(of: Result<Void, any Error>?.self) { group in
            group.addTask {
                do {
                    return .success(try await service.start())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await shutdown.wait()
                return nil
            }
            var outcome: Result<Void, any Error>?
            for await result in group {
                outcome = result ?? outcome
                group.cancelAll()
            }
            return outcome
        }
        switch outcome {
        case .success:
            let elapsed = ContinuousClock.now - began
            logger.info("A service has started", [.component: .string(service.name), .duration: .seconds(elapsed)])
            return true
        case .failure(let error) where shutdown.hasBegun:
            let errorType = String(describing: type(of: error))
            logger.info(
                "Cancelled the start of a service",
                [.component: .string(service.name), .errorType: .string(errorType)]
            )
        case .failure(let error):
            fail(shutdown, ServiceFailure(service: service.name, phase: .start, cause: error))
        case nil:
            break
        }
        return false
    }

    private func supervise(_ name: String, _ run: @Sendable () async throws -> Void, _ shutdown: Shutdown) async {
        do {
            try await run()
            begin(shutdown, because: .ended(service: name))
        } catch is CancellationError where shutdown.hasBegun {
            return
        } catch {
            fail(shutdown, ServiceFailure(service: name, phase: .run, cause: error))
        }
    }

    private func fail(_ shutdown: Shutdown, _ failure: ServiceFailure) {
        logger.error("A service has failed", error: failure)
        shutdown.note(failure)
        begin(shutdown, because: .failed(service: failure.service))
    }

    private func receive(_ signal: CInt, _ shutdown: Shutdown) {
        let name = ProcessControl.name(ofSignal: signal)
        if shutdown.countSignal() > 1 {
            logger.warning("A second signal ends the process at once", [.signal: .string(name)])
            process.exit(128 + signal)
        } else {
            begin(shutdown, because: .signal(name))
        }
    }

    private func begin(_ shutdown: Shutdown, because cause: Shutdown.Cause) {
        shutdown.begin {
            logger.info("Stopping all services", cause.logMetadata)
            health?.beginStopping()
            process.after(shutdownDeadline) {
                guard let service = shutdown.unfinishedService else { return }
                logger.error(
                    "A service did not stop in time, so the process ends without it",
                    [.component: .string(service), .deadline: .seconds(shutdownDeadline)]
                )
                process.exit(1)
            }
        }
    }
}
